"""Train the denoiser of a pixel prior.

    python training/train_denoiser.py training/ct-pixel.json --work FOLDER [--from PRIOR] [--steps N] [--decay N] [--threads 2] [--device cuda]

Course of the rate, checkpoints: see loop.py. Data: see scripts/training-images.mjs.
"""
import json
import os
import numpy as np
import torch
from denoiser import averages_of
from images import batch, generator_of, noise_levels, quantiles, sources_of, unit
from loop import arguments, compiled, train
from models import model_of, settings_of

args = arguments(__doc__)
config = json.load(open(args.config))
torch.manual_seed(config['seed'])
t, p = config['training'], settings_of(config['prior'])
sources = sources_of(t, args.work, args.device)
model = model_of(config['prior']).to(args.device, memory_format=torch.channels_last)
if args.source:
    model.load_state_dict(averages_of(args.source))
run = compiled(model, args.device)
# while the rate falls, larger pieces: the statistics of GroupNorm over a piece are not those over a whole image
shapes = [(t['side'], t['batch']), tuple(t['falling']) if 'falling' in t else (t['side'], t['batch'])]


def loss_of(step, falling):
    side, count = shapes[falling]
    draw = generator_of(config['seed'], step, args.device)
    x = batch(sources, count, side, draw, t.get('gain', (1, 1))).contiguous(memory_format=torch.channels_last)
    sigma = noise_levels(quantiles(count, draw), t, p)
    noise = torch.empty_like(x).normal_(generator=draw)
    s = sigma[:, None, None, None]
    with torch.autocast(args.device, torch.bfloat16):
        clean = run(x + s * noise, sigma)
    d = p['sigmaData']
    return (((clean - x) * (s * s + d * d).sqrt() / (s * d)) ** 2).mean()


if args.device == 'cuda':
    for falling in (False, True):  # so that both shapes are compiled before the first step
        loss_of(0, falling).backward()
    model.zero_grad(set_to_none=True)
validation = [(v['name'], unit(np.load(os.path.join(args.work, v['file'])))) for v in t['validation']]
LEVELS = [s for s in (0.01, 0.032, 0.1, 0.32, 1.0) if s <= p['sigmaMax']]


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


train(model, args.name or config['prior']['name'], t, args, loss_of, errors, absurd=20, refresh=lambda: [s.refresh() for s in sources])
