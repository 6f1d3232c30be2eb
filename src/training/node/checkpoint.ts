import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes, writeAtomically } from '../../io/node/index.js';
import { readSafetensors, writeSafetensors } from '../../priors/safetensors.js';
import { UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Weights } from '../adamw.js';
import { newState, type TrainState } from '../loop.js';

const PARTS = ['weights', 'average', 'first', 'second', 'extra'] as const;

/** Write a state as one safetensors file, so that a kill at any moment leaves the old file or the new one. */
export async function saveState(path: string, state: TrainState, fingerprint: string): Promise<void> {
  const all = new Map<string, Tensor>();
  for (const part of PARTS) for (const [name, t] of state[part]) all.set(`${part}/${name}`, t);
  await writeAtomically(path, writeSafetensors(all, { metadata: { step: String(state.step), fingerprint } }));
}

/**
 * The state to go on from: the checkpoint if there is one, else a new state.
 * @param fingerprint what the checkpoint must have been trained with
 * @throws UserError when it was trained with another configuration or its weights do not fit.
 */
export async function loadState(path: string, initial: () => Weights, fingerprint: string): Promise<TrainState> {
  const fresh = newState(initial());
  if (!existsSync(path)) return fresh;
  const { tensors, metadata } = readSafetensors(await readBytes(path), { name: path });
  if (metadata.fingerprint !== fingerprint) {
    throw new UserError(
      `${path} was made with another configuration. Choose another "work" folder, or remove ${join(path, '..')} to start anew.`,
    );
  }
  for (const [key, t] of tensors) {
    const slash = key.indexOf('/');
    const part = PARTS.find((p) => p === key.slice(0, slash));
    const name = key.slice(slash + 1);
    const target = part && (part === 'extra' ? undefined : fresh[part].get(name));
    if (part === 'extra') fresh.extra.set(name, t);
    else if (target?.data.length === t.data.length) target.data.set(t.data);
    else throw new UserError(`${path} holds "${key}", which does not fit the configured model. Choose another "work" folder.`);
  }
  fresh.step = Number(metadata.step);
  return fresh;
}
