import { useState } from 'preact/hooks';
import type { Finished } from '../state/export.js';
import { given, measuring, method } from '../state/form.js';
import { displayRange } from '../state/layers.js';
import { link } from '../state/link.js';
import { type Run, runs } from '../state/runs.js';
import { plainName, save } from '../state/save.js';
import { complaint, isCt, measured, source } from '../state/studio.js';
import { words } from '../words.js';

type Kind = keyof typeof words.downloads;

/** The result to take home, of the chosen method or else of the last that is done. */
export function Downloads() {
  const done = runs.value.filter(({ state }) => state === 'done');
  const run = done.findLast((one) => one.method === method.value) ?? done.at(-1);
  // what was taken up on its way cannot be made again from its settings alone
  const again = run?.solving.from === undefined;
  const [copied, setCopied] = useState(false);
  if (run === undefined || source.value === undefined) return null;
  return (
    <section class="downloads" aria-labelledby="download">
      <h2 id="download">
        {words.download}: {run.title}
      </h2>
      <div class="row">
        {(Object.keys(words.downloads) as Kind[]).map((kind) => (
          <button key={kind} type="button" onClick={() => download(kind, run)}>
            {words.downloads[kind]}
          </button>
        ))}
        {link.value && again && (
          <button
            type="button"
            onClick={async () => {
              await navigator.clipboard?.writeText(link.value!).catch(() => {});
              setCopied(true);
            }}
          >
            {words.link}
          </button>
        )}
      </div>
      <p class="note" role="status">
        {!again
          ? words.noRerun
          : copied
            ? `${words.copied} ${link.value}`
            : link.value
              ? words.bundleNote
              : `${words.bundleNote} ${words.noLink}`}
      </p>
    </section>
  );
}

async function download(kind: Kind, run: Run): Promise<void> {
  const from = source.value!;
  const name = `${plainName(from.name)}-${run.method}`;
  const finished: Finished = {
    source: from,
    measuring: { ...measuring.value, given: given.value },
    measured: measured.value!,
    run,
    others: runs.value,
    ct: isCt.value,
  };
  try {
    const { filesOf, npyOf, pngOf, reportOf, zipOf } = await import('../state/export.js');
    const image = run.result!.image;
    if (kind === 'png') save(`${name}.png`, await pngOf(image, displayRange.value));
    else if (kind === 'npy') save(`${name}.npy`, npyOf(image));
    else if (kind === 'manifest') save('manifest.json', (await filesOf(finished)).get('manifest.json')!);
    else if (kind === 'report') save(`${name}.html`, new Blob([await reportOf(finished)], { type: 'text/html' }));
    else save(`${name}.zip`, await zipOf(await filesOf(finished)));
  } catch {
    complaint.value = words.downloadFailed;
  }
}
