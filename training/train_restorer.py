"""Train FBP-UNet (Jin et al., IEEE TIP 2017): from the image of filtered backprojection to the image, supervised.

    node scripts/training-scan.mjs WORK/scan-25
    python training/train_restorer.py training/ct-fbp-unet.json --work WORK [--from PRIOR] [--steps N] [--decay N]

The network is that of the pixel priors at one fixed level, so that it may begin with the weights of one of them (--from). Whole images are scanned, and
pieces of them learned; whole images while the rate falls. Course of the rate, checkpoints: see loop.py.
"""
import json
import os
import numpy as np
import torch
from denoiser import averages_of
from images import batch, generator_of, sources_of, unit
from loop import arguments, compiled, train
from models import model_of
from scan import Scan

args = arguments(__doc__)
config = json.load(open(args.config))
torch.manual_seed(config['seed'])
t, prior = config['training'], config['prior']
sources = sources_of(t, args.work, args.device)
scan = Scan(args.work, t['scan'], args.device)
model = model_of(prior).to(args.device, memory_format=torch.channels_last)
if args.source:
    model.load_state_dict(averages_of(args.source))
run = compiled(model, args.device)
shapes = [(t['side'], t['batch']), tuple(t['falling'])]
level = lambda n: torch.full((n,), prior['level'], device=args.device)


def loss_of(step, falling):
    side, count = shapes[falling]
    draw = generator_of(config['seed'], step, args.device)
    x = batch(sources, count, scan.side, draw, t.get('gain', (1, 1)))
    with torch.no_grad():
        seen = scan.fbp(x, t['sigma'], draw)
    row, column = torch.randint(scan.side - side + 1, (2,), generator=draw, device=args.device).tolist()
    cut = lambda image: image[:, :, row : row + side, column : column + side].contiguous(memory_format=torch.channels_last)
    with torch.autocast(args.device, torch.bfloat16):
        restored = run(cut(seen), level(count))
    return ((restored - cut(x)) ** 2).mean()


validation = [(v['name'], unit(np.load(os.path.join(args.work, v['file'])))) for v in t['validation']]


def errors():
    """Root mean square errors: of FBP, and restored."""
    rows = {}
    for which, images in validation:
        x = images.to(args.device)
        seen = scan.fbp(x, t['sigma'], torch.Generator(args.device).manual_seed(0))
        with torch.autocast(args.device, torch.bfloat16):
            restored = torch.cat([model(image[None], level(1)) for image in seen])
        rows[which] = [round((image - x).square().mean().sqrt().item(), 5) for image in (seen, restored)]
    return rows


train(model, args.name or prior['name'], t, args, loss_of, errors, absurd=1, refresh=lambda: [s.refresh() for s in sources])
