import { findTask, type Task } from '../experiments/tasks/index.js';
import { withUsualPrior } from '../experiments/usual-prior.js';
import { checked } from '../io/checked.js';
import { parseWindow } from '../io/index.js';
import { parseGeometry } from '../operators/index.js';
import { findMethod, type Method, resolveOptions } from '../solvers/methods/index.js';
import { withAssignments } from '../solvers/methods/option-values.js';
import { UsageError } from '../tensor/errors.js';
import type { FileView, JobRequest, Limits } from './api.js';
import { Refusal } from './refusal.js';

/** The uploads that a request names, looked up. */
export interface RequestFiles {
  readonly image?: FileView;
  readonly measurement?: FileView;
  readonly mask?: FileView;
  readonly kernel?: FileView;
  readonly from?: FileView;
}

/** Side of an image that is measured first, where the request does not say otherwise. */
const USUAL_SIDE = 256;
/** Numbers of a CT measurement, at most. */
const MOST_RAYS = 2 ** 23;

/**
 * All of a request that can be checked before its turn comes: what fails only then has waited for nothing.
 * @param priors names that may be used: no path or address comes from outside
 * @returns the request with what it left open, and what to call it
 * @throws Refusal or UserError saying what is wrong
 */
export function checkRequest(
  request: JobRequest,
  files: RequestFiles,
  { priors, limits }: { readonly priors: readonly string[]; readonly limits: Limits },
): { request: JobRequest; title: string } {
  const task = findTask(request.task);
  const method = findMethod(request.method);
  checkMethod(request, method, task);
  checkParts(request, task);
  checkFrom(request, files, method);
  const options = withAssignments(task.defaults, request.param, task.schema, task.name);
  checked(task.schema, options, (problems) => new UsageError(`${task.title}: ${problems}.`));
  if (request.window !== undefined) {
    if (task.scan === undefined) throw wrong('A window is for CT, whose values are in HU.', 'Leave it out.');
    parseWindow(request.window);
  }
  const size = request.size ?? (files.mask ? 'native' : USUAL_SIDE);
  checkInput(request, files, task, limits);
  checkSides({ ...request, size }, files, task, limits);
  const prior = method.needs.prior ? withUsualPrior(request, (task.channels ?? request.channels) === 1 ? 'ct' : 'photo').prior : undefined;
  if (prior !== undefined && !priors.includes(prior))
    throw wrong(`This studio has no prior "${prior}".`, `It has: ${priors.join(', ') || 'none'}.`);
  return { request: { ...request, size, prior }, title: `${capital(task.title)} by ${method.title}` };
}

function checkMethod({ preset, set, baseline }: JobRequest, method: Method, task: Task): void {
  const { needs, title, variants } = method;
  if (needs.geometry && task.scan === undefined)
    throw wrong(`${title} is for CT, and ${task.name} has no projections.`, 'Choose another method.');
  if (needs.linear && !task.linear) throw wrong(`${title} needs a linear operator; ${task.name} is not linear.`, 'Choose another method.');
  // which preset is usual with several kinds of priors shows when the prior is read
  if (preset !== undefined || variants.length === 1) resolveOptions(method, preset, set);
  if (baseline !== undefined && baseline !== 'none' && findMethod(baseline).needs.prior)
    throw wrong(`The baseline is a classical method, without a prior; "${baseline}" has one.`, 'Make it the method.');
}

function checkFrom({ from, done }: JobRequest, files: RequestFiles, { title, variants }: Method): void {
  if ((from === undefined) !== (done === undefined)) throw wrong('`from` and `done` belong together.', 'Give both, or none.');
  if (from === undefined) return;
  if (!variants.some(({ restarts }) => restarts)) throw wrong(`${title} cannot be taken up on its way.`, 'Leave `from` and `done` out.');
  if (files.from?.kind !== 'numbers') throw wrong('An estimate to go on from is an NPY, and no picture.', 'Upload it as NPY.');
}

function checkParts({ mask, kernel }: JobRequest, { name, part }: Task): void {
  for (const [key, given] of Object.entries({ mask, kernel })) {
    if (given !== undefined && part?.name !== key)
      throw wrong(`The task ${name} takes no ${key}.`, 'Leave it out, or choose another task.');
    if (given === undefined && part?.name === key && !part.drawn)
      throw wrong(`The task ${name} needs a ${key}.`, `Upload one, as \`${key}\`.`);
  }
}

function checkInput({ image, measurement, geometry }: JobRequest, files: RequestFiles, { scan }: Task, { side }: Limits): void {
  if (image === undefined && measurement === undefined)
    throw wrong('There is nothing to reconstruct from.', 'Give `image` or `measurement`.');
  if (image !== undefined && measurement !== undefined) throw wrong('Both an image and a measurement are given.', 'Give one of them.');
  if (geometry !== undefined && (scan === undefined || measurement === undefined))
    throw wrong('A geometry belongs to a measurement of CT.', 'Leave it out.');
  if (scan === undefined || measurement === undefined) return;
  if (geometry === undefined)
    throw wrong('A measurement of CT needs its geometry.', 'Give `geometry`: that of the scanner, as in geometry.json.');
  if (files.measurement?.kind !== 'numbers')
    throw wrong('A measurement of CT is an NPY of line integrals, and no picture.', 'Upload it as NPY.');
  const { size, angles, bins } = parseGeometry(geometry, 'The geometry');
  if (Math.max(...size) > side || angles.length * bins > MOST_RAYS)
    throw wrong(
      `The geometry has ${size[1]} x ${size[0]} pixels and ${angles.length * bins} rays, more than this studio takes.`,
      `At most ${side} x ${side} pixels and ${MOST_RAYS} rays.`,
    );
}

/** Whether image, mask and what is reconstructed have sizes that go together, and are no larger than allowed. */
function checkSides({ size }: JobRequest, { image, measurement, mask }: RequestFiles, { scan }: Task, { side }: Limits): void {
  const input = image ?? (measurement?.kind === 'picture' ? measurement : undefined);
  const native = size === 'native' || image === undefined;
  const [width, height] = native ? [input?.width, input?.height] : [size as number, size as number];
  if (width !== undefined && height !== undefined) {
    if (Math.max(width, height) > side)
      throw wrong(
        `${width} x ${height} pixels are to be reconstructed, and this studio makes at most ${side} x ${side}.`,
        'Choose a smaller `size`.',
      );
    if (image && scan !== undefined && width !== height)
      throw wrong(`The image has ${width} x ${height} pixels, and a CT is reconstructed on a square.`, 'Give a `size`.');
    if (mask?.width !== undefined && (mask.width !== width || mask.height !== height))
      throw wrong(
        `The mask has ${mask.width} x ${mask.height} pixels, and ${input && native ? 'the image' : 'what is reconstructed'} ${width} x ${height}.`,
        `Send a mask of ${width} x ${height} pixels.`,
      );
  }
}

function wrong(message: string, remedy: string): Refusal {
  return new Refusal(422, message, remedy);
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
