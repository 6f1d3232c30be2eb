"""Images packed by scripts/training-images.mjs as latents of a prior's first stage, for train_latent.py.

    python training/encode_latents.py training/ct-latent.json --work FOLDER

Writes latents.npy [N, C, S, S] (float16, times the prior's scale factor) and one file for each validation set into FOLDER. Each
latent is of a whole image turned, flipped, zoomed and scaled in attenuation by its number and the seed alone; a run that was
killed goes on where it stopped.
"""
import argparse
import json
import os
import numpy as np
import torch
from images import batch, sources_of, unit
from latent_models import first_stage
from prior_files import open_prior

parser = argparse.ArgumentParser()
parser.add_argument('config')
parser.add_argument('--work', required=True, help='folder of data, latents, checkpoints and log')
parser.add_argument('--threads', type=int, default=2)
args = parser.parse_args()
config = json.load(open(args.config))
torch.set_num_threads(args.threads)
here = lambda file: os.path.join(args.work, file)
t = config['training']
prior, tensors = open_prior(config['from'])
stage = first_stage(prior, tensors).to(memory_format=torch.channels_last)


@torch.no_grad()
def latents_of(x):
    with torch.autocast('cpu', torch.bfloat16):  # an error of 0.007, where latents vary by 1
        z = stage.encode(x.contiguous(memory_format=torch.channels_last))
    return (z.float() * prior['scaleFactor']).numpy().astype(np.float16)


for v in t['validation']:
    images = unit(np.load(here(v['file'])).astype(np.float32))
    np.save(here(f'latents-{v["file"]}'), np.concatenate([latents_of(x[None]) for x in images]))

sources, count, side = sources_of(t, args.work), t['latents'], t['side']
size = side // 2 ** (len(prior['firstStage']['chMult']) - 1)
path, mark = here('latents.npy'), here('latents.done')
done = int(open(mark).read()) if os.path.exists(mark) and os.path.exists(path) else 0
shape = (count, prior['firstStage']['embedDim'], size, size)
store = np.lib.format.open_memmap(path, 'r+' if done else 'w+', np.float16, shape)
while done < count:
    many = min(4, count - done)
    rng = np.random.default_rng([config['seed'], done])
    store[done : done + many] = latents_of(batch(sources, many, side, rng, tuple(t['gain'])))
    done += many
    if done % 200 == 0 or done == count:
        store.flush()
        with open(mark + '.partial', 'w') as file:
            file.write(str(done))
        os.replace(mark + '.partial', mark)
        print(f'{done} of {count}', flush=True)
