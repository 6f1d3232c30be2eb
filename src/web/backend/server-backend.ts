import type { FileView, JobView, JobWish, Limits, PriorView } from '../../studio/api.js';
import { studioClient } from '../../studio/client.js';
import type { Tensor } from '../../tensor/tensor.js';
import { words } from '../words.js';
import {
  type Backend,
  type Job,
  type JobListener,
  type Machine,
  type Measured,
  type Measuring,
  type Offers,
  type Opened,
  type PriorOffer,
  type Result,
  type Solving,
  type Source,
  Stopped,
  Unread,
  type Wish,
} from './backend.js';
import { followJob } from './follow-job.js';
import { answerOf, Refused, reach } from './server-answer.js';
import { Uploads } from './uploads.js';
import { imageOfNpy, requestOf } from './wishes.js';

/**
 * A studio's server: it reconstructs, and reads the files that this browser cannot. Pictures are opened, and measurements made, here, by
 * the same seeds as there: what is shown is what the server will measure, and several methods, here and there, have one measurement.
 */
export class ServerBackend implements Backend {
  readonly place = 'server';
  /** The API by its routes, as `hono/client` types them. */
  private readonly api: ReturnType<typeof studioClient>['api'];
  private readonly uploads: Uploads;
  private limits: Promise<Limits> | undefined;

  /**
   * @param here opens pictures and measures
   * @param address of the server, which ends in `/`
   */
  constructor(
    private readonly here: Backend,
    readonly address: string,
  ) {
    this.api = studioClient(address).api;
    this.uploads = new Uploads(address);
  }

  async offers(): Promise<Offers> {
    const [methods, priors] = await Promise.all([answerOf(this.api.methods.$get()), answerOf(this.api.priors.$get())]);
    return { methods: methods as unknown as Offers['methods'], priors: priors.flatMap(offerOf) };
  }

  /** What this server takes, asked for once. */
  limit(): Promise<Limits> {
    this.limits ??= answerOf(this.api.limits.$get());
    this.limits.catch(() => {
      this.limits = undefined;
    });
    return this.limits;
  }

  async open(wish: Wish): Promise<Opened> {
    try {
      return await this.here.open(wish);
    } catch (error) {
      // TIFF, and whatever else browsers do not read
      if (!(error instanceof Unread) || 'example' in wish) throw error;
      return this.openThere(wish.files[0], wish, error);
    }
  }

  abandon(why: string): void {
    this.here.abandon(why);
  }

  readMask(file: File, size: readonly [number, number]): Promise<Tensor> {
    return this.here.readMask(file, size);
  }

  readKernel(file: File): Promise<Tensor> {
    return this.here.readKernel(file);
  }

  async machine(): Promise<Machine> {
    return { device: 'server', threads: 0 };
  }

  measure(source: Source, measuring: Measuring, listener?: JobListener): Promise<Measured> {
    return this.here.measure(source, measuring, listener);
  }

  start(source: Source, measuring: Measuring, solving: Solving, listener: JobListener): Job {
    const stop = new AbortController();
    const run = async () => {
      const { id } = await this.submit(source, measuring, solving);
      return this.follow(id, listener, stop.signal);
    };
    return { result: run(), stop: () => stop.abort() };
  }

  /** What comes of a job; hears of it on the way. @param signal cancels it */
  async follow(id: string, listener: JobListener, signal: AbortSignal): Promise<Result> {
    if (signal.aborted) await this.cancel(id);
    signal.addEventListener('abort', () => void this.cancel(id).catch(() => {}), { once: true });
    const job = await followJob({ address: this.address, id, find: () => this.find(id) }, listener, signal);
    if (job.status === 'cancelled') throw new Stopped(words.state.stopped);
    if (job.status === 'failed' || job.result === undefined) throw new Error(job.error ?? words.serverFault);
    return this.resultOf(job);
  }

  /** The user's jobs, the newest first. */
  jobs(): Promise<JobView[]> {
    return answerOf(this.api.jobs.$get({ query: { most: '50' } }));
  }

  find(id: string): Promise<JobView> {
    return answerOf(this.api.jobs[':id'].$get({ param: { id } }));
  }

  /** Removes a job that is over. */
  forget(id: string): Promise<unknown> {
    return answerOf(this.api.jobs[':id'].$delete({ param: { id } }));
  }

  /** A file of a finished job. */
  async file(job: string, file: string): Promise<Blob> {
    const response = await reach(this.api.jobs[':id'][':file'].$get({ param: { id: job, file } }));
    if (!response.ok) throw await Refused.of(response);
    return response.blob();
  }

  /** An upload, and what the server knows of it. */
  async upload(id: string): Promise<{ readonly view: FileView; readonly content: Blob }> {
    const views = await answerOf(this.api.files.$get());
    const view = views.find((one) => one.id === id);
    if (view === undefined) throw new Error(words.uploadGone);
    const response = await reach(this.api.files[':id'].content.$get({ param: { id } }));
    if (!response.ok) throw await Refused.of(response);
    return { view, content: await response.blob() };
  }

  async resultOf(job: JobView): Promise<Result> {
    const { files = [], noise = 0, counts = {} } = job.result ?? {};
    const array = async (name: string) => imageOfNpy(await this.file(job.id, name));
    const [manifest, image, deviation] = await Promise.all([
      this.file(job.id, 'manifest.json').then((blob) => blob.text().then(JSON.parse)),
      array('reconstruction.npy'),
      files.includes('deviation.npy') ? array('deviation.npy') : undefined,
    ]);
    const { result, preset, options, prior, threads } = manifest;
    const { residual, seconds, psnr, ssim, hu } = result;
    return {
      ...{ image, residual, seconds, ssim, hu, preset, options, counts, threads, warnings: job.warnings },
      psnr: psnr === 'Infinity' ? Number.POSITIVE_INFINITY : psnr,
      sigma: Math.sqrt(noise),
      device: 'server',
      ...(prior && { prior: { name: prior.name, sha256: prior.sha256 } }),
      ...(deviation && { deviation }),
      remote: { job: job.id, files },
    };
  }

  private async submit(source: Source, measuring: Measuring, solving: Solving): Promise<JobView> {
    const asked = async () =>
      answerOf(this.api.jobs.$post({ json: (await requestOf(source, measuring, solving, this.uploads)) as JobWish }));
    try {
      return await asked();
    } catch (error) {
      // an upload of long ago may have been removed
      if (!(error instanceof Refused) || error.status !== 404) throw error;
      this.uploads.forget();
      return asked();
    }
  }

  private cancel(id: string): Promise<unknown> {
    return answerOf(this.api.jobs[':id'].$delete({ param: { id } }));
  }

  /** By the server's readers. @param unread why it could not be read here */
  private async openThere(file: File, { side, as }: Extract<Wish, { files: unknown }>, unread: unknown): Promise<Opened> {
    const { uploadBytes } = await this.limit();
    if (file.size > uploadBytes) throw unread;
    const { id } = await this.uploads.file(file);
    const made = await answerOf(this.api.files[':id'].prepared.$post({ param: { id }, json: { side, as } }));
    const { content } = await this.upload(made.id);
    const { ct = false, pixelSizeCm } = made.prepared ?? {};
    const image = await imageOfNpy(content);
    this.uploads.know(image, made.id);
    return { source: { kind: 'image', name: file.name, image, ct, ...(pixelSizeCm && { pixelSizeCm }) }, notices: made.notices };
  }
}

function offerOf({ name, space, image }: PriorView): PriorOffer[] {
  return space === undefined ? [] : [{ name, space, channels: image[0] }];
}
