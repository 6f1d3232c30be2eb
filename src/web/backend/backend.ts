import type { CtScale, ValueRange } from '../../io/index.js';
import type { TissueErrors } from '../../metrics/index.js';
import type { ScanGeometry } from '../../operators/index.js';
import type { MethodDescription } from '../../solvers/methods/describe.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Something to work on. Images are `[1, C, H, W]` in [-1, 1]. */
export type Source = ImageSource | SinogramSource;

export interface ImageSource {
  readonly kind: 'image';
  readonly name: string;
  readonly image: Tensor;
  readonly ct: boolean;
  /** Of a CT whose file states it. */
  readonly pixelSizeCm?: number;
  /** The example it is, where it is one: a link can then bring it back. */
  readonly example?: ExampleName;
  /** Where pixels are, `[H, W]` of 1 and 0, of a picture with transparent parts. */
  readonly opaque?: Tensor;
}

/** A CT measurement made elsewhere: line integrals and how they were taken. */
export interface SinogramSource {
  readonly kind: 'sinogram';
  readonly name: string;
  readonly y: Tensor;
  readonly geometry: ScanGeometry;
}

export const exampleNames = ['slice', 'photograph'] as const;
export type ExampleName = (typeof exampleNames)[number];

export type Wish =
  | { readonly example: ExampleName }
  /** `side`: of the image that a model will see, of a photograph the longer. `as`: what it shows, where the file is not to say. */
  | { readonly files: readonly File[]; readonly side: number; readonly as?: 'ct' | 'photo'; readonly cut?: Cut };

/** What is wanted of a file of arrays. */
export interface Cut {
  /** Its name in the file. */
  readonly array: string;
  /** For each axis an index, undefined for the two that are kept; the middle where it is absent. */
  readonly slice?: readonly (number | undefined)[];
  /** What the numbers of an image mean, where the file does not say. */
  readonly range?: ValueRange;
}

/** What was taken of a file of arrays, and what else there is. */
export interface Stack extends Cut {
  /** Those that an image may be in, with their shapes and types in words. */
  readonly arrays: readonly { readonly name: string; readonly text: string }[];
  /** Along which there is a choice, with what the file calls them. */
  readonly axes: readonly { readonly axis: number; readonly length: number; readonly name?: string }[];
}

export interface Opened {
  readonly source: Source;
  /** What was assumed or changed, one sentence each. */
  readonly notices: readonly string[];
  /** Of a file of arrays. */
  readonly stack?: Stack;
}

/** How an image is measured, or was: a task of the library with its options. */
export interface Measuring {
  readonly task: string;
  /** Of a CT. */
  readonly views: number;
  readonly options: Readonly<Record<string, number | string>>;
  /** `[H, W]`, 1 where a pixel is kept. */
  readonly mask?: Tensor;
  /** `[h, w]`, of a blur that was placed; else one is drawn at random. */
  readonly kernel?: Tensor;
  /** Standard deviation of the noise. */
  readonly sigma: number;
  readonly noiseSeed: number;
  /** The picture is itself the measurement: damaged, blurred or small already. */
  readonly given: boolean;
}

export interface Solving {
  readonly method: string;
  readonly seed: number;
  readonly samples: number;
  /** One of those offered; else the usual one. */
  readonly prior?: string;
  readonly preset?: string;
  /** Options on top of the preset. */
  readonly set: Readonly<Record<string, OptionChoice>>;
  /** Where on its way an earlier run is taken up: its estimate, and the share of its steps that was done. */
  readonly from?: { readonly estimate: Tensor; readonly done: number };
  /** Runs of one measurement have the same: the history shows them together. */
  readonly series?: string;
}

export type OptionChoice = string | number | boolean | null | readonly number[];

/** A picture and the values of its black and white. */
export interface Shown {
  readonly image: Tensor;
  readonly range: readonly [black: number, white: number];
}

/** What was measured. */
export interface Measured {
  readonly shown?: Shown;
  /** A few words: how much was measured. */
  readonly detail: string;
  readonly title: string;
  readonly notices: readonly string[];
  /** `[C, H, W]` of the image to be made. */
  readonly shape: readonly number[];
  readonly scale?: CtScale;
  readonly linear: boolean;
  /** The numbers themselves, `[1, ...]`. */
  readonly y: Tensor;
  /** What makes the operator again: of a CT its geometry, else options and tensors. */
  readonly geometry?: ScanGeometry;
  readonly options: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly frame: 'mirrored' | 'open';
}

export interface StepNews {
  readonly step: number;
  readonly steps: number;
  readonly stage: string;
  readonly residual?: number;
  readonly estimate?: Tensor;
  readonly seconds: number;
  /** Evaluations of the network so far. */
  readonly network: number;
}

/** A finished reconstruction. */
export interface Result {
  readonly image: Tensor;
  readonly residual: number;
  readonly sigma: number;
  readonly seconds: number;
  readonly psnr?: number;
  readonly ssim?: number;
  readonly hu?: TissueErrors;
  readonly counts: Readonly<Record<string, number>>;
  readonly preset: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly prior?: { readonly name: string; readonly sha256: string };
  readonly warnings: readonly string[];
  readonly device: string;
  readonly threads: number;
  /** Of several samples: their standard deviation. */
  readonly deviation?: Tensor;
  /** Where the files of a run lie that a server did. */
  readonly remote?: RemoteFiles;
}

export interface RemoteFiles {
  readonly job: string;
  readonly files: readonly string[];
}

/** What the engine is doing before it can compute. */
export interface Loading {
  readonly what: 'engine' | 'prior';
  readonly loaded: number;
  readonly total: number;
}

export interface JobListener {
  onLoading?(loading: Loading): void;
  onNotice?(sentence: string): void;
  onStep?(step: StepNews): void;
  /** Its place in a queue: 1 is next; 0 when it has begun. */
  onPlace?(place: number): void;
  /** Whether the line to where it runs is broken; it is tried again. */
  onLost?(lost: boolean): void;
}

/** A reconstruction that runs. */
export interface Job {
  readonly result: Promise<Result>;
  /** Where a run can be held. */
  pause?(): void;
  resume?(): void;
  /** The result is then refused with `Stopped`. */
  stop(): void;
}

export class Stopped extends Error {
  override name = 'Stopped';
}

/** A file that is none of those that can be read where it was tried; elsewhere it may be. */
export class Unread extends Error {
  override name = 'Unread';
}

/** A method, every option of it, and what it asks for. */
export type MethodOffer = Pick<MethodDescription, 'name' | 'title' | 'kind' | 'citation' | 'requires' | 'variants'>;

export interface PriorOffer {
  readonly name: string;
  /** Which variants of a method it is for. */
  readonly space: string;
  readonly channels: number;
}

/** What there is to reconstruct with. */
export interface Offers {
  readonly methods: readonly MethodOffer[];
  readonly priors: readonly PriorOffer[];
}

/** Where the work is done. */
export type Place = 'browser' | 'server';

export interface Machine {
  readonly device: string;
  readonly threads: number;
  /** What the user should know of it, such as that there are no threads. */
  readonly notice?: string;
}

export type DeviceWish = 'auto' | 'webgpu' | 'wasm';

/** Where the work is done, whether in this tab or elsewhere. Errors for the user are `Error`s whose message is a sentence. */
export interface Backend {
  readonly place: Place;
  offers(): Promise<Offers>;
  open(wish: Wish): Promise<Opened>;
  /**
   * Ends what is being read, and whatever else runs in this tab: a damaged file may keep its reader for ever.
   * @param why what all of it is refused with
   */
  abandon(why: string): void;
  /** A mask `[H, W]` from a picture: white, or transparent, is to be filled in. */
  readMask(file: File, size: readonly [height: number, width: number]): Promise<Tensor>;
  /** A blur kernel `[h, w]` from a picture on black, or NPY. */
  readKernel(file: File): Promise<Tensor>;
  machine(listener?: JobListener): Promise<Machine>;
  measure(source: Source, measuring: Measuring, listener?: JobListener): Promise<Measured>;
  start(source: Source, measuring: Measuring, solving: Solving, listener: JobListener): Job;
}
