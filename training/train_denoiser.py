"""Train the denoiser of a pixel prior.

    python training/train_denoiser.py training/ct-pixel.json --work FOLDER [--steps N] [--decay N] [--threads 2]

Course of the rate, checkpoints: see loop.py. Data: see scripts/training-images.mjs.
"""
import json
import os
import numpy as np
import torch
from denoiser import Denoiser
from images import batch, noise_levels, sources_of, unit
from loop import arguments, train

args = arguments(__doc__)
config = json.load(open(args.config))
torch.set_num_threads(args.threads)
torch.manual_seed(config['seed'])
t, p = config['training'], config['prior']['denoiser']
sources = sources_of(t, args.work)
model = Denoiser(p['channels'], p['widths'], p['blocks'], p['embedding'], p['sigmaData'], p.get('normGroups')).to(args.device, memory_format=torch.channels_last)
run = torch.compile(model) if t.get('compile') and args.device == 'cuda' else model
side, count = t['side'], t['batch']


def loss_of(step):
    rng = np.random.default_rng([config['seed'], step])
    x = batch(sources, count, side, rng, tuple(t.get('gain', (1, 1)))).to(args.device, memory_format=torch.channels_last)
    # levels spread evenly over the batch in probability: the same mean, less variance
    u = torch.from_numpy((np.arange(count) + rng.random()) / count).float()
    sigma = noise_levels(u, t, p).to(args.device)
    noise = torch.from_numpy(rng.standard_normal(x.shape, dtype=np.float32)).to(args.device)
    s = sigma[:, None, None, None]
    with torch.autocast(args.device, torch.bfloat16):
        clean = run(x + s * noise, sigma)
    d = p['sigmaData']
    return (((clean - x) * (s * s + d * d).sqrt() / (s * d)) ** 2).mean()


validation = [(v['name'], unit(np.load(os.path.join(args.work, v['file'])).astype(np.float32))) for v in t['validation']]
LEVELS = [0.01, 0.032, 0.1, 0.32, 1.0]


def errors():
    """Root mean square error of the clean estimate on fixed images and noise, by level."""
    rows = {}
    for which, images in validation:
        x = images.to(args.device)
        row = []
        for i, s in enumerate(LEVELS):
            noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(i)).to(args.device)
            with torch.autocast(args.device, torch.bfloat16):
                d = torch.cat([model(a[None] + s * n[None], torch.full((1,), s, device=args.device)) for a, n in zip(x, noise)])
            row.append(round((d - x).square().mean().sqrt().item(), 5))
        rows[which] = row
    return rows


train(model, args.name or config['prior']['name'], t, args, loss_of, errors, absurd=20)
