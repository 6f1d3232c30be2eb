import { UsageError } from '../../tensor/errors.js';
import { type BenchFile, parseBench, suggestion } from './bench-file.js';

/*
 * The benches that have a name: the papers' tables and figures on the embedded priors and generated images. Each is what a bench file of
 * one's own would say; with a folder of one's own (`--images`) and weights (`--prior`) it makes the paper's own table.
 */

/** What a bench file may say, before it is checked. */
type Bench = Readonly<Record<string, unknown>>;

const phantoms = (count: number, ...kinds: string[]) => kinds.map((kind) => ({ phantoms: kind, count }));
const photographs = (count: number, side = 256) => [{ photographs: 'mixed', count, side }];
const published = ['resample', 'latent-dps', 'mcg', 'dps', 'pnp-unet', 'fbp', 'fbp-unet', 'tv'];
/** Total variation beside those of the papers: the strongest plain method. */
const onPhotographs = ['resample', 'pnp-unet', 'latent-dps', 'mcg', 'dps', 'ddrm', 'dmps', 'admm-pnp', 'bicubic', 'tv'];
const everyOnCt = [
  ...['resample', 'pnp-unet', 'admm-pnp', 'diffpir', 'daps', 'dps', 'mcg', 'dmps', 'dds', 'fbp-unet', 'tv', 'sirt', 'cgls', 'fbp'],
  ...['latent-dps', 'latent-daps', 'psld', { method: 'resample', prior: 'ct', name: 'ReSample, latent' }],
];
const everyOnPhotographs = [
  ...['resample', 'pnp-unet', 'admm-pnp', 'diffpir', 'daps', 'dps', 'mcg', 'dmps', 'dds', 'ddrm', 'tv', 'bicubic'],
  ...['latent-dps', 'latent-daps', 'psld', { method: 'resample', prior: 'photo', name: 'ReSample, latent' }],
];
const latent = (more: Bench) => ({ method: 'resample', prior: 'ct', name: 'ReSample, latent', ...more });

const benches: Readonly<Record<string, Bench>> = {
  table1: {
    title: 'Tables 1 and 5: super-resolution x4 and random inpainting',
    images: photographs(10),
    tasks: ['sr4', 'inpaint-random'],
    methods: onPhotographs,
    paper: 'table1',
  },
  table2: {
    title: 'Tables 2 and 6: nonlinear and Gaussian deblurring',
    images: photographs(10),
    tasks: ['blur-nonlinear', 'blur-gaussian'],
    methods: onPhotographs,
    paper: 'table2',
  },
  table3: {
    title: 'Table 3: CT from 25 angles',
    images: phantoms(10, 'abdomen', 'head', 'chest'),
    tasks: ['ct'],
    methods: published,
    paper: 'table3',
  },
  table7: {
    title: 'Tables 7 and 9 of the camera-ready version: inpainting of a box',
    images: photographs(10),
    tasks: ['inpaint-box'],
    methods: ['resample', 'pnp-unet', 'latent-dps', 'dps', 'mcg', 'ddrm', 'admm-pnp', 'tv'],
  },
  memory: {
    title: 'Table 4: memory of a process that runs the method alone',
    images: phantoms(1, 'abdomen'),
    tasks: ['ct'],
    methods: everyOnCt,
  },
  time: {
    title: 'Table 7 of the first version: seconds of an image',
    images: phantoms(3, 'abdomen'),
    tasks: ['ct'],
    methods: everyOnCt,
  },
  'ablation-k': {
    title: 'Table 9 of the first version: the scale k of Latent-DPS',
    images: phantoms(3, 'abdomen'),
    tasks: ['ct'],
    methods: [{ method: 'latent-dps', vary: { zeta: [0.5, 1, 2, 4, 8, 16] } }],
  },
  'ablation-mapping': {
    title: 'Fig. 5: stochastic resampling against stochastic encoding, sigma 0.05',
    images: phantoms(3, 'abdomen'),
    tasks: [{ task: 'ct', sigma: 0.05 }],
    methods: [latent({ vary: { mapping: ['resampling', 'encoding'] } })],
  },
  'ablation-frequency': {
    title: 'Fig. 6b: how often hard data consistency is made',
    images: phantoms(3, 'abdomen'),
    tasks: ['ct'],
    methods: [latent({ vary: { every: [1, 2, 3, 5, 10] } })],
  },
  'ablation-gamma': {
    title: 'Fig. 15 of the first version: gamma, the variance of resampling',
    images: phantoms(3, 'abdomen'),
    tasks: ['ct'],
    methods: [latent({ vary: { gamma: [0, 1, 4, 16, 40, 160, 1000] } })],
  },
  'ablation-stages': {
    title: 'Fig. 17 of the first version: optimisation in pixels, in latents, or in both',
    images: phantoms(3, 'abdomen'),
    tasks: ['ct'],
    methods: [latent({ vary: { stages: ['both', 'pixel', 'latent'] } })],
  },
  highres: {
    title: 'Fig. 8: images of 512 x 512',
    images: photographs(2, 512),
    tasks: ['sr4', 'inpaint-random'],
    methods: ['resample', { method: 'resample', prior: 'photo', name: 'ReSample, latent' }, 'dps', 'bicubic', 'tv'],
  },
  'sigma-0.05': {
    title: 'More noise: sigma 0.05',
    images: phantoms(10, 'abdomen', 'head', 'chest'),
    tasks: [{ task: 'ct', sigma: 0.05 }],
    methods: published,
  },
  figures: {
    title: 'Figs. 3, 4 and 19: the clean estimate at half the steps, a tenth of them and at the end, beside the others',
    images: phantoms(1, 'abdomen', 'head', 'chest'),
    tasks: ['ct'],
    methods: [
      { method: 'resample', budget: { network: 7 }, name: 'ReSample after a tenth' },
      { method: 'resample', budget: { network: 35 }, name: 'ReSample at half' },
      ...published,
    ],
    reference: 'ReSample',
  },
  ct: {
    title: 'Every method on CT from 25 views',
    images: [{ phantoms: 'mixed', count: 10 }],
    tasks: ['ct'],
    methods: everyOnCt,
    paper: 'table3',
  },
  photo: {
    title: 'Every method on photographs',
    images: photographs(5),
    tasks: ['sr4', 'inpaint-random', 'blur-gaussian'],
    methods: everyOnPhotographs,
  },
  'growth-side': {
    title: 'Time and memory by the side of the image',
    images: [128, 256, 512].map((side) => ({ phantoms: 'abdomen', count: 1, side, name: `${side} x ${side}` })),
    tasks: ['ct'],
    methods: ['resample', latent({}), 'tv', 'fbp'],
  },
  'growth-views': {
    title: 'Time and memory by the number of views',
    images: phantoms(1, 'abdomen'),
    tasks: [25, 50, 100, 180].map((angles) => ({ task: 'ct', angles })),
    methods: ['resample', 'tv', 'fbp'],
  },
  'growth-samples': {
    title: 'Time and memory by the number of samples',
    images: phantoms(1, 'abdomen'),
    tasks: ['ct'],
    methods: [1, 2, 4, 8].map((samples) => ({ method: 'resample', samples, name: `mean of ${samples}` })),
  },
  smoke: {
    title: 'Every method on two small phantoms: whether all of it runs',
    images: [{ phantoms: 'mixed', count: 2, side: 128 }],
    tasks: ['ct'],
    methods: [
      ...everyOnCt,
      { method: 'resample', samples: 2, name: 'ReSample, mean of 2' },
      { method: 'resample-as-published', set: { steps: 20 } },
    ],
  },
};

export const benchNames: readonly string[] = Object.keys(benches);

/** @throws UsageError naming the nearest there is */
export function namedBench(name: string): BenchFile {
  if (!Object.hasOwn(benches, name))
    throw new UsageError(`There is no bench "${name}": ${suggestion(name, benchNames)} A bench of one's own is a file that ends in .json.`);
  return parseBench(benches[name], name);
}

/** Name and title of each, for lists. */
export function describeBenches(): { name: string; title: string }[] {
  return benchNames.map((name) => ({ name, title: String(benches[name].title) }));
}
