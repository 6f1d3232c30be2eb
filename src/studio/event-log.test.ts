import { describe, expect, test } from 'vitest';
import { EventLog } from './event-log.js';

const step = (k: number, estimate?: string) => ({ type: 'step', step: k, steps: 1000, stage: 's', seconds: k, estimate }) as const;

describe('the events of a job', () => {
  test('who comes back with the last id hears what is new, and nothing twice', () => {
    const log = new EventLog('e');
    log.append({ type: 'started' });
    log.append(step(1));
    const heard = log.after();
    expect(heard.map(({ event }) => event.type)).toEqual(['started', 'step']);
    log.append(step(2));
    expect(log.after(heard.at(-1)!.id).map(({ event }) => event)).toEqual([step(2)]);
    expect(log.after(log.after().at(-1)!.id)).toEqual([]);
  });

  test('an id of an earlier server, or nonsense, begins anew', () => {
    const log = new EventLog('e');
    log.append(step(1));
    for (const id of ['d.5', 'nonsense', 'e.x', '']) expect(log.after(id)).toHaveLength(1);
  });

  test('it stays small: the last estimate alone, the last place, so many steps', () => {
    const log = new EventLog('e');
    for (let place = 9; place > 0; place--) log.append({ type: 'queued', place });
    expect(log.after().map(({ event }) => event)).toEqual([{ type: 'queued', place: 1 }]);
    for (let k = 0; k < 2000; k++) log.append(step(k, 'data:'.padEnd(1000, 'x')));
    const kept = log.after().map(({ event }) => event);
    expect(kept.length).toBeLessThan(310);
    expect(kept.filter((event) => event.type === 'step' && event.estimate)).toHaveLength(1);
    log.append({ type: 'done' });
    expect(log.after().map(({ event }) => event)).toEqual([{ type: 'done' }]);
    log.append(step(1));
    expect(log.after()).toHaveLength(1);
  });

  test('waiting ends with an event, with time, and with the reader', async () => {
    const log = new EventLog('e');
    const next = log.next(60_000);
    log.append(step(1));
    await next;
    await log.next(1);
    const gone = new AbortController();
    const left = log.next(60_000, gone.signal);
    gone.abort();
    await left;
    await log.next(60_000, gone.signal);
  });
});
