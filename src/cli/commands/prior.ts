import { type Command, Option } from 'commander';
import { formatBytes } from '../../io/format-bytes.js';
import type { Conventions } from '../../priors/index.js';
import { convertPrior, layouts } from '../../priors/node/convert-prior.js';
import { embeddedPriors } from '../../priors/node/embedded-priors.js';
import { type CachedCommit, listCache } from '../../priors/node/hub/cache.js';
import { pull } from '../../priors/node/hub/pull.js';
import { parseHubReference } from '../../priors/node/hub/reference.js';
import { cacheFolder } from '../../priors/node/hub/settings.js';
import { formatPriorDescription, inspectPrior } from '../../priors/node/inspect-prior.js';
import { UsageError } from '../../tensor/errors.js';
import { count, jsonFlag } from '../flags.js';
import { cancellable } from '../interrupt.js';
import { ProgressLine } from '../progress.js';
import { withTransferLine } from '../transfer-line.js';

const anyPrior = 'a folder, a checkpoint file, hf:OWNER/NAME[@REVISION][/PATH], or an embedded prior';

/** `posteriori prior`: what priors there are, what is in them, and how to get them. */
export function priorCommand(program: Command): void {
  const command = program.command('prior').description('look into priors, convert them, fetch and list them');
  inspectCommand(command);
  convertCommand(command);
  pullCommand(command);
  listCommand(command);
}

/** Headers alone are read, so that a checkpoint of any size takes moments. */
function inspectCommand(parent: Command): void {
  const command = parent.command('inspect').description('what a checkpoint holds: layout, kind, sizes, schedule, what is missing');
  jsonFlag(conventionFlags(command.argument('<prior>', anyPrior))).action(
    async (given: string, flags: ConventionFlags & { json?: boolean }) => {
      const told = conventions(flags);
      const found = await cancellable((signal) =>
        withTransferLine(signal, (options) => inspectPrior(given, { ...options, conventions: told })),
      );
      process.stdout.write(flags.json ? `${JSON.stringify(found)}\n` : formatPriorDescription(found));
    },
  );
}

/** What a checkpoint of guided-diffusion or latent diffusion does not say of itself. */
interface ConventionFlags {
  readonly resolution?: number;
  readonly headChannels?: number;
  readonly heads?: number;
  readonly attentionOrder?: 'per-head' | 'split';
}

function conventionFlags(command: Command): Command {
  return command
    .option('--resolution <pixels>', 'side of the training images, where a checkpoint does not say it (default: 256)', count)
    .option('--head-channels <n>', "channels of an attention head, where a checkpoint does not say it (default: its layout's usual)", count)
    .option('--heads <n>', 'or the number of heads at every level', count)
    .addOption(
      new Option('--attention-order <order>', 'how their channels lie: head by head, or all q, all k, all v').choices([
        'per-head',
        'split',
      ]),
    );
}

function conventions({ resolution, headChannels, heads, attentionOrder }: ConventionFlags): Conventions {
  if (headChannels !== undefined && heads !== undefined)
    throw new UsageError('Both --head-channels and --heads are given; give one of them.');
  return { resolution, headChannels, numHeads: heads, attentionOrder };
}

interface ConvertFlags extends ConventionFlags {
  readonly dtype: 'f16' | 'f32';
  readonly weights?: 'raw' | 'ema';
  readonly layout: (typeof layouts)[number];
  readonly force?: boolean;
  readonly json?: boolean;
}

function convertCommand(parent: Command): void {
  const command = parent
    .command('convert')
    .description('write a prior in another layout or precision; nothing half-written is left')
    .argument('<in>', anyPrior)
    .argument('<out>', 'a new folder; for compvis and guided-diffusion a file, .safetensors')
    .addOption(new Option('--dtype <type>', 'precision of the weights').choices(['f16', 'f32']).default('f32'))
    .addOption(new Option('--weights <set>', 'ema: the moving average (the default where there is one); raw').choices(['ema', 'raw']))
    .addOption(new Option('--layout <name>', 'how they are named and laid out').choices(layouts).default('posteriori'))
    .option('--force', 'replace the prior that OUT is now');
  jsonFlag(conventionFlags(command)).action(async (given: string, out: string, flags: ConvertFlags) => {
    const told = conventions(flags);
    const { bytes } = await cancellable((signal) =>
      withTransferLine(signal, async (options) => {
        const line = new ProgressLine('convert');
        const onStep = (stage: string, step: number, steps: number) => line.update({ stage, step, steps });
        try {
          return await convertPrior(given, out, { ...flags, ...options, conventions: told, onStep });
        } finally {
          line.stop();
        }
      }),
    );
    const { layout, dtype } = flags;
    process.stdout.write(
      flags.json ? `${JSON.stringify({ out, layout, dtype, bytes })}\n` : `${out}: ${layout}, ${dtype}, ${formatBytes(bytes)}.\n`,
    );
  });
}

function pullCommand(parent: Command): void {
  const command = parent
    .command('pull')
    .description('fetch a prior from the Hugging Face hub into the cache; an interrupted pull goes on where it stopped')
    .argument('<hf:OWNER/NAME>', 'with @REVISION and /PATH after it where needed');
  jsonFlag(command).action(async (given: string, flags: { json?: boolean }) => {
    const reference = parseHubReference(given);
    const { folder, listing, wanted, downloaded } = await cancellable((signal) =>
      withTransferLine(signal, (options) => pull(reference, options)),
    );
    const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
    const news = downloaded === 0 ? 'nothing new' : `${formatBytes(downloaded)} loaded`;
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ repo: reference.repo, commit: listing.commit, folder, bytes, downloaded, files: wanted.map(({ path }) => path) })}\n`
        : `${given} is in the cache: ${formatBytes(bytes)} (${news}), commit ${listing.commit.slice(0, 12)}. Use it by --prior ${given}.\n`,
    );
  });
}

function listCommand(parent: Command): void {
  const command = parent.command('list').description('embedded priors, and those in the cache');
  jsonFlag(command).action(async (flags: { json?: boolean }) => {
    const [embedded, cache] = [embeddedPriors(), cacheFolder()];
    const cached = await listCache(cache);
    if (flags.json) process.stdout.write(`${JSON.stringify({ embedded, cache, cached })}\n`);
    else process.stdout.write(`embedded   ${embedded.join(', ') || 'none'}\ncache      ${cache}\n${cached.map(entry).join('')}`);
  });
}

function entry({ repo, revisions, commit, bytes, whole, folder }: CachedCommit): string {
  const state = whole ? '' : ', not whole: pull it again to go on';
  return `\nhf:${repo}@${revisions.join(', @')}\n           ${formatBytes(bytes)}, commit ${commit.slice(0, 12)}${state}\n           ${folder}\n`;
}
