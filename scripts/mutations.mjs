// Mistakes that somebody could make, each as a change of one source, and the test files of which one test must fail for it.
// `npm run mutants` plants them one by one.

const resampling = ['src/solvers/stochastic-resampling.test.ts', 'src/solvers/resample.test.ts', 'src/solvers/written-out.test.ts'];
const written = 'src/solvers/written-out.test.ts';
const pixel = 'src/solvers/resample-pixel.test.ts';
const samplers = 'src/solvers/pixel-samplers.test.ts';
const published = 'src/solvers/resample-as-published.test.ts';
const bench = 'src/experiments/bench/bench.test.ts';
const benchResults = 'src/results/bench/bench-results.test.ts';
const fan = 'src/operators/fan.test.ts';
const laws = 'src/operators/laws.test.ts';
const diffusion = 'src/diffusion/diffusion.test.ts';

/** @type {{ what: string, file: string, from: string, to: string, tests: string[] }[]} */
export const mutations = [
  // ReSample
  m(
    'stochastic encoding at abar_t, not the next level',
    'solvers/stochastic-resampling',
    'stochasticEncode(consistent, level.alphaBarNext',
    'stochasticEncode(consistent, level.alphaBar',
    resampling,
  ),
  m(
    'stochastic resampling at abar_t, not the next level',
    'solvers/stochastic-resampling',
    'unconditional, level.alphaBarNext',
    'unconditional, level.alphaBar',
    resampling,
  ),
  m(
    "stochastic resampling ignores z'",
    'solvers/stochastic-resampling',
    '(1 - weight) * unconditional.data[i]',
    '0 * (1 - weight) * unconditional.data[i]',
    resampling,
  ),
  m(
    'stochastic resampling adds no noise',
    'solvers/stochastic-resampling',
    ' + deviation * random.normal());\n}\n\n/** z0y',
    ');\n}\n\n/** z0y',
    resampling,
  ),
  m(
    'stochastic resampling: the variance where the deviation belongs',
    'solvers/stochastic-resampling',
    'Math.sqrt(weight * (1 - alphaBar))',
    'weight * (1 - alphaBar)',
    resampling,
  ),
  m(
    'stochastic encoding: the signal not scaled',
    'solvers/stochastic-resampling',
    '(z0) => signal * z0 + deviation',
    '(z0) => z0 + 0 * signal + deviation',
    resampling,
  ),
  m(
    'the two schedules of sigma exchanged',
    'solvers/stochastic-resampling',
    "schedule === 'posterior'",
    "schedule === 'paper'",
    resampling,
  ),
  m('gamma not used', 'solvers/stochastic-resampling', '? gamma * posteriorVariance', '? posteriorVariance', resampling),
  m(
    "resampling's mapping ignored",
    'solvers/stochastic-resampling',
    "if (mapping === 'encoding')",
    "if (mapping !== 'encoding')",
    resampling,
  ),
  m('data consistency thrown away', 'solvers/resample', 'resampleToNext(consistent, unconditional', 'resampleToNext(clean, unconditional', [
    'src/solvers/resample.test.ts',
    written,
  ]),
  m('no data consistency at the end', 'solvers/last-steps', 'finalOptimisation ? yield*', '!finalOptimisation ? yield*', [
    'src/solvers/resample.test.ts',
  ]),
  m('pixel and latent stages exchanged', 'solvers/resample-options', "? 'pixel' : 'latent'", "? 'latent' : 'pixel'", [
    'src/solvers/resample.test.ts',
    published,
  ]),
  m(
    'the optimisation stops at m sigma, not m sigma^2',
    'solvers/hard-data-consistency',
    'margin * model.problem.sigma ** 2',
    'margin * model.problem.sigma',
    ['src/solvers/resample.test.ts'],
  ),
  m('the pixel step the wrong way', 'solvers/hard-data-consistency', 'value + kappa * change[i]', 'value - kappa * change[i]', [
    'src/solvers/resample.test.ts',
    'src/solvers/resample-operators.test.ts',
  ]),
  m('kappa forgotten', 'solvers/hard-data-consistency', 'value + kappa * change[i]', 'value + change[i]', [written]),
  m(
    "DiffStateGrad's projection of the other kind: what it should keep is taken off",
    'solvers/optimise/state-projection',
    'held < share * total * (1 - 1e-12)',
    'held > share * total * (1 - 1e-12)',
    ['src/solvers/optimise/state-projection.test.ts'],
  ),
  // as published
  m("the guidance's sign", 'solvers/resample-as-published', 'value - guidance.data[j]', 'value + guidance.data[j]', [written, published]),
  m("the look-ahead's time index", 'solvers/resample-as-published', 'grid[i - j - 1].t', 'grid[i - j].t', [written, published]),
  m("the look-ahead's coefficients", 'solvers/resample-as-published', 'const level = grid[i - j];', 'const level = grid[i - j - 1];', [
    written,
    published,
  ]),
  m("the look-ahead's result thrown away", 'solvers/resample-as-published', 'clean = await lookAhead(', 'await lookAhead(', [
    written,
    published,
  ]),
  m(
    "the authors' clean estimate replaced by Tweedie's",
    'solvers/resample-as-published',
    "'authors' ? underDenoised : tweedie",
    "'authors' ? tweedie : tweedie",
    [written, published],
  ),
  m('the guidance of the squared norm for that of the norm', 'solvers/guidance', "=== 'squared' ? 2 :", "!== 'squared' ? 2 :", [
    published,
    'src/solvers/guidance.test.ts',
  ]),
  m('the guidance not scaled by abar', 'solvers/guidance', 'k * alphaBar * power', 'k * power', [
    published,
    'src/solvers/guidance.test.ts',
  ]),
  m(
    'the guidance through the decoder without the inner derivative',
    'solvers/guidance',
    'const inner = 1 / Math.sqrt(alphaBar)',
    'const inner = 1',
    [written, published],
  ),
  // diffusion
  m(
    'Tweedie with 1 - abar for its root',
    'diffusion/tweedie',
    'Math.sqrt(1 - alphaBar);\n  const signal = Math.sqrt(alphaBar);\n  return mapTensor',
    '1 - alphaBar;\n  const signal = Math.sqrt(alphaBar);\n  return mapTensor',
    [diffusion],
  ),
  m('DDIM at the level it comes from', 'diffusion/ddim', 'const signal = Math.sqrt(alphaBarNext)', 'const signal = Math.sqrt(alphaBar)', [
    diffusion,
  ]),
  m('DDIM: fresh noise on top of all of the old', 'diffusion/ddim', '1 - alphaBarNext - spread ** 2', '1 - alphaBarNext', [diffusion]),
  m('the time grid starts a level low', 'diffusion/time-grid', '(i + 1) * levels) / steps) - 1', 'i * levels) / steps)', [diffusion]),
  m('added noise: the old estimate kept in full', 'diffusion/added-noise', 'Math.sqrt(next ** 2 - fresh ** 2)', 'next', [
    written,
    samplers,
    'src/diffusion/added-noise.test.ts',
  ]),
  m('added noise: the fresh share without its root', 'diffusion/added-noise', 'Math.sqrt(1 - (next / s) ** 2)', '(1 - (next / s) ** 2)', [
    written,
    samplers,
    'src/diffusion/added-noise.test.ts',
  ]),
  m(
    'the posterior variance of DDPM upside down',
    'diffusion/ancestral',
    '((1 - alphaBarNext) / (1 - alphaBar)) * (1',
    '((1 - alphaBar) / (1 - alphaBarNext)) * (1',
    [diffusion, ...resampling],
  ),
  // pixel methods
  m(
    'ReSample in pixels: noise of the level it comes from',
    'solvers/resample-pixel',
    'addNoise(agreed, next, random)',
    'addNoise(agreed, s, random)',
    [written, pixel],
  ),
  m(
    'ReSample in pixels: the clean estimate trusted to lambda, not its root',
    'solvers/resample-pixel',
    'trust: level / Math.sqrt(lambda) })',
    'trust: level / lambda })',
    [written, pixel],
  ),
  m(
    'ReSample in pixels: no over-relaxation',
    'solvers/resample-pixel',
    'const more = (chosen.relaxation - 1)',
    'const more = 0 * (chosen.relaxation - 1)',
    [written],
  ),
  m('the proximal step with the damping upside down', 'solvers/proximal', '(sigma / trust) ** 2', '(trust / sigma) ** 2', [
    'src/solvers/proximal.test.ts',
    pixel,
  ]),
  m('the proximal step without its noise on y', 'solvers/proximal', 'value + added.data[i]', 'value + 0 * added.data[i]', [
    written,
    'src/solvers/proximal.test.ts',
  ]),
  m('conjugate gradients past what rounding leaves', 'solvers/proximal', 'tolerance: TOLERANCE', 'tolerance: 0', [
    'src/solvers/proximal.test.ts',
  ]),
  m('DPS up the gradient', 'solvers/dps', 'value - (length', 'value + (length', [written]),
  m('DPS with the squared norm', 'solvers/dps', '/ Math.sqrt(squares || 1)', '/ 1', [written]),
  m('DPS without a gradient step', 'solvers/dps', 'squares > 0 ? zeta *', 'squares > 0 ? 0 * zeta *', [written]),
  m('MCG onto y without the noise of the level', 'solvers/mcg', 'addNoise(x, -level, random)', 'addNoise(x, 0 * level, random)', [
    written,
    samplers,
  ]),
  m(
    'MCG without a projection',
    'solvers/mcg',
    'relaxation * value),\n    );\n  };\n}\n\nasync',
    '0 * relaxation * value),\n    );\n  };\n}\n\nasync',
    [written],
  ),
  m(
    'MCG by SIRT: the weights of rows left out',
    'solvers/mcg',
    'difference.map((value, i) => value * rows[i])',
    'difference.map((value, i) => value + 0 * rows[i])',
    [samplers],
  ),
  m(
    'DDRM: what is not seen never gets fresh noise',
    'solvers/ddrm',
    '/ s + eta * next * random.normal()',
    '/ s + 0 * eta * next * random.normal()',
    [written],
  ),
  m('DDRM: the measurement never looked at', 'solvers/ddrm', '(1 - etaB) * x0 + etaB * ybar.data[k]', 'x0 + 0 * etaB * ybar.data[k]', [
    written,
  ]),
  m(
    'DDRM: noise of the level on what the measurement has noisy already',
    'solvers/ddrm',
    'Math.sqrt(next ** 2 - (etaB * deviation) ** 2)',
    'next',
    [written],
  ),
  m('DMPS: s for s^2', 'solvers/dmps', '(1 - (next / s) ** 2)', '(1 - next / s)', [written]),
  m('DMPS: the likelihood score the wrong way', 'solvers/dmps', 'value + share *', 'value - share *', [written]),
  m(
    'DAPS: noise of the level it comes from',
    'solvers/daps',
    'addNoise(drawn, levels[i + 1], random)',
    'addNoise(drawn, levels[i], random)',
    [written],
  ),
  m(
    'DAPS: the draw about a clean estimate without noise',
    'solvers/daps',
    'const noisy = addNoise(clean, trust, random)',
    'const noisy = addNoise(clean, 0 * trust, random)',
    [written],
  ),
  m('DDS: gamma forgotten', 'solvers/dds', 'trust: Math.sqrt(gamma)', 'trust: 1', [written]),
  m(
    'DiffPIR: its share of fresh noise without the root',
    'solvers/diffpir',
    'Math.sqrt(zeta) * random.normal()',
    'zeta * random.normal()',
    [written],
  ),
  m(
    'DiffPIR: the noise estimated from the clean image, not from the one that agrees',
    'solvers/diffpir',
    '(noised.data[j] - value) / s',
    '(noised.data[j] - clean.data[j]) / s',
    [written],
  ),
  m('Langevin steps with half the noise', 'solvers/optimise/langevin', 'Math.sqrt(2 * size)', 'Math.sqrt(size)', [written]),
  m(
    'ADMM: the dual variable the wrong way',
    'solvers/admm-pnp',
    'image, dual] = [v, u];\n      const goal = mapTensor(image, (value, j) => value - dual',
    'image, dual] = [v, u];\n      const goal = mapTensor(image, (value, j) => value + dual',
    ['src/solvers/admm-pnp.test.ts'],
  ),
  m('ADMM: lambda upside down', 'solvers/admm-pnp', 'told / Math.sqrt(lambda)', 'told * Math.sqrt(lambda)', [
    'src/solvers/admm-pnp.test.ts',
  ]),
  m(
    'SIRT: the weights of columns left out',
    'solvers/sirt',
    'relaxation * value * columns[k]',
    '0.01 * relaxation * (value + 0 * columns[k])',
    ['src/solvers/classical.test.ts'],
  ),
  // latent methods
  m("PSLD's gradient the wrong way", 'solvers/psld', 'value - gradient.data[k]', 'value + gradient.data[k]', ['src/solvers/psld.test.ts']),
  m(
    'PSLD: the gluing term without A^T (y - A x)',
    'solvers/networks/latent-model',
    "mul(operator.adjoint(lacking), input('scale', []))",
    "mul(mul(operator.adjoint(lacking), input('scale', [])), 0)",
    ['src/solvers/psld.test.ts'],
  ),
  m('LatentDAPS: noise of the level it comes from', 'solvers/latent-daps', 'alphaBar[levels[i + 1]]', 'alphaBar[levels[i]]', [written]),
  m(
    'LatentDAPS: the clean latent not trusted',
    'solvers/latent-daps',
    '+ (value - clean.data[k]) / trust ** 2',
    '+ 0 * (value - clean.data[k]) / trust ** 2',
    [written],
  ),
  m(
    'the network of latents not told its level',
    'solvers/networks/networks',
    't: tensor([1], [t]) })).epsilon',
    't: tensor([1], [0 * t]) })).epsilon',
    [written, 'src/solvers/resample.test.ts'],
  ),
  m(
    'the network of pixels told half its level',
    'solvers/networks/pixel-model',
    '{ x, sigma: tensor([1], [sigma]) })).clean',
    '{ x, sigma: tensor([1], [sigma / 2]) })).clean',
    [written, pixel],
  ),
  m(
    'guidance in latents not told its level',
    'solvers/networks/latent-model',
    'const feeds = { z, t: tensor([1], [t]), alphaBar: tensor([], [alphaBar]), y };',
    'const feeds = { z, t: tensor([1], [0 * t]), alphaBar: tensor([], [alphaBar]), y };',
    [written, published],
  ),
  // problems and figures
  m(
    'a problem tells the solver half its sigma',
    'experiments/problem',
    'photons === undefined ? noise.sigma :',
    'photons === undefined ? noise.sigma / 2 :',
    ['src/experiments/problem.test.ts'],
  ),
  m(
    'a measurement from elsewhere with half its sigma',
    'experiments/problem',
    'y: fitted, sigma, truth, scale, frame',
    'y: fitted, sigma: sigma / 2, truth, scale, frame',
    ['src/experiments/problem.test.ts'],
  ),
  m('noise at half of sigma', 'operators/noise', 'value + sigma * random.normal()', 'value + (sigma / 2) * random.normal()', [
    'src/operators/noise.test.ts',
  ]),
  m('test images drawn from the tuning seeds', 'experiments/held-out', 'test: 1_000_000', 'test: 2_000_000', [
    'src/experiments/held-out.test.ts',
  ]),
  m('PSNR with a data range of 2', 'metrics/psnr', '-10 * Math.log10(sum / p.length)', '-10 * Math.log10(sum / p.length / 4)', [
    'src/metrics/metrics.test.ts',
  ]),
  m('soft tissue up to bone', 'metrics/hu-error', 'soft: [-150, 250]', 'soft: [-150, 350]', ['src/metrics/hu-error.test.ts']),
  // training
  m("the moving average's decay squared", 'training/adamw', '(1 - d) * (w[i] - data[i])', '(1 - d * d) * (w[i] - data[i])', [
    'src/training/adamw.test.ts',
  ]),
  m(
    'training noise at level t - 1',
    'training/diffusion-training',
    'const a = alphaBar[t[Math.floor(i / size)]]',
    'const a = alphaBar[Math.max(0, t[Math.floor(i / size)] - 1)]',
    ['src/training/diffusion-training.test.ts'],
  ),
  m(
    'a network in training told level 0',
    'training/diffusion-training',
    't: tensor([training.batch], t), noise',
    't: tensor([training.batch]), noise',
    ['src/training/diffusion-training.test.ts'],
  ),
  m(
    'a denoiser in training told another level than its noise',
    'training/denoiser-training',
    'clean.data[i] + sigmas[Math.floor(i / size)] *',
    'clean.data[i] + sigmas[sigmas.length - 1 - Math.floor(i / size)] *',
    ['src/training/denoiser-training.test.ts'],
  ),
  m(
    'the loss of one level weighs as its inverse',
    'training/denoiser-training',
    '(sigma ** 2 + sigmaData ** 2) / (sigma * sigmaData) ** 2',
    '(sigma * sigmaData) ** 2 / (sigma ** 2 + sigmaData ** 2)',
    ['src/training/denoiser-training.test.ts'],
  ),
  // CT
  m(
    'CT: no Parker weights',
    'operators/view-weights',
    'fan && !turn.whole ? parkerWeight(',
    'fan && !turn.whole ? 0.5 + 0 * parkerWeight(',
    [fan],
  ),
  m('CT: Parker weights with gamma of the other sign', 'operators/view-weights', 'beta < 2 * (half + gamma)', 'beta < 2 * (half - gamma)', [
    fan,
  ]),
  m('CT: no cosine weight of a fan', 'operators/view-weights', 'redundancy * cosine[bin]', 'redundancy', [fan]),
  m('CT: a fan is weighted as if half a turn were all', 'operators/view-weights', 'fan ? 2 * Math.PI : Math.PI', 'Math.PI', [fan]),
  m('CT: a detector moved aside counts as centred', 'operators/view-weights', 'turn.whole ? sideShare(geometry, bin) : 1 / 2', '1 / 2', [
    fan,
  ]),
  m('CT: what the shorter side does not see is cut', 'operators/fbp', 'shortSide(geometry) === 0 ? 0 :', 'shortSide(geometry) > -2 ? 0 :', [
    fan,
  ]),
  m(
    'CT: the offset of the detector to the other side',
    'operators/geometry',
    '(bin - axis) * binSize;\n  if',
    '(bin - (geometry.bins - 1 - axis)) * binSize;\n  if',
    [fan],
  ),
  m('CT: the offset to the other side in FBP', 'operators/fbp-kernels', 'let at = axis;', 'let at = bins - 1 - axis;', [fan]),
  m(
    'CT: rays of a fan fan out the other way',
    'operators/scan-rays',
    'Math.sin(fanAngle(geometry, bin))',
    '-Math.sin(fanAngle(geometry, bin))',
    [fan],
  ),
  m(
    'CT: a detector tilted the other way',
    'operators/geometry',
    'sourceToDetector + s * Math.sin(tilt)',
    'sourceToDetector - s * Math.sin(tilt)',
    [fan],
  ),
  m('CT: the same in FBP', 'operators/fbp-kernels', 'depth * tiltCos - across * tiltSin', 'depth * tiltCos + across * tiltSin', [fan]),
  m('CT: magnification not squared', 'operators/fbp-kernels', 's * tiltSin) / depth) ** 2', 's * tiltSin) / depth)', [fan]),
  m('CT: the ramp of an arc as that of a line', 'operators/ramp-filter', '(angle / Math.sin(angle)) ** 2', '1', [fan]),
  m('CT: several rays of a bin are summed', 'operators/scan-rays', ' / Math.abs(through) / raysPerBin', ' / Math.abs(through)', [fan]),
  m(
    'CT: the adjoint leaves out a line',
    'operators/line-kernels',
    '(((part % bands) + 1) * lines) / bands',
    '(((part % bands) + 1) * (lines - 1)) / bands',
    [laws],
  ),
  m('CT: an adjoint that never forgets', 'operators/line-projector', 'image.byColumns.fill(0);\n        await', 'await', [laws]),

  // benches
  m(
    'a run id that forgets the options',
    'experiments/bench/run-spec',
    'method, preset, options, prior?.sha256',
    'method, preset, prior?.sha256',
    [bench],
  ),
  m('a run id that forgets the weights', 'experiments/bench/run-spec', 'prior?.sha256 ?? null', 'prior?.name ?? null', [bench]),
  m('a budget that counts no gradients', 'experiments/bench/budget', 'counts.network + counts.networkGradients', 'counts.network', [bench]),
  m(
    'a bootstrap of the values as they are',
    'experiments/bench/statistics',
    'differences[Math.floor(random.uniform(0, n))]',
    'differences[i]',
    [bench],
  ),
  m('a 90 % interval called 95', 'experiments/bench/statistics', 'quantileOf(means, 0.975)', 'quantileOf(means, 0.9)', [bench]),
  m('problems of other masks share an operator', 'experiments/bench/pack', 'if (key !== this.key ||', 'if (', [bench]),
  m('differences with the wrong sign', 'results/bench/summary', '[mine - theirs]', '[theirs - mine]', [benchResults]),
  m('the best of what has not every image', 'results/bench/summary', 'n === complete && ', '', [benchResults]),
  m('results of another measurement compared', 'results/bench/compare', 'table, column, image, problem]', 'table, column, image]', [
    benchResults,
  ]),
  m('a picture that loses its lower bits', 'results/bench/packed-picture', '(level & 15) << 4', '0', [benchResults]),
];

function m(what, source, from, to, tests) {
  return { what, file: `src/${source}.ts`, from, to, tests };
}
