"""Train the denoiser of a pixel prior.

    python training/train_denoiser.py training/ct-pixel.json --work FOLDER [--steps N] [--decay N] [--threads 2]

The rate is constant after a warm-up, so that a training may go on for as long as there is time; `--decay N` then ends it with N
steps of a rate that falls to nothing. The state is saved every few minutes and on SIGTERM, and the same command goes on from it.
What a step sees depends on the seed and its number alone. Data: see scripts/training-images.mjs.
"""
import argparse
import json
import os
import signal
import time
import numpy as np
import torch
from denoiser import Denoiser
from images import batch, noise_levels, sources_of, unit

parser = argparse.ArgumentParser()
parser.add_argument('config')
parser.add_argument('--work', required=True, help='folder of data, checkpoints and log')
parser.add_argument('--steps', type=int, default=10**9, help='stop at this step')
parser.add_argument('--decay', type=int, default=0, help='let the rate fall to nothing over so many steps, from where the training stands')
parser.add_argument('--threads', type=int, default=2)
parser.add_argument('--device', default='cpu')
parser.add_argument('--name', default=None)
parser.add_argument('--every', type=int, default=500, help='steps between validations')
args = parser.parse_args()
config = json.load(open(args.config))
torch.set_num_threads(args.threads)
torch.manual_seed(config['seed'])
name = args.name or config['prior']['name']
path = os.path.join(args.work, f'{name}.pt')
log = open(os.path.join(args.work, f'{name}.jsonl'), 'a')

t = config['training']
here = lambda file: os.path.join(args.work, file)
sources = sources_of(t, args.work)
p = config['prior']['denoiser']
model = Denoiser(p['channels'], p['widths'], p['blocks'], p['embedding'], p['sigmaData'], p.get('normGroups')).to(args.device, memory_format=torch.channels_last)
average = {k: v.clone() for k, v in model.state_dict().items()}
optimiser = torch.optim.AdamW(model.parameters(), lr=t['rate'], betas=(0.9, 0.99), weight_decay=t.get('weightDecay', 0.0))
step, decay_from, decay_end = 0, None, None
if os.path.exists(path):
    saved = torch.load(path, map_location=args.device, weights_only=True)
    model.load_state_dict(saved['weights'])
    average, step, decay_from, decay_end = saved['average'], saved['step'], saved['decay_from'], saved.get('decay_end')
    optimiser.load_state_dict(saved['optimiser'])
if args.decay and decay_end is None:
    decay_from = step if decay_from is None else decay_from
    decay_end = step + args.decay
if decay_end is not None:
    args.steps = decay_end


def save():
    state = dict(weights=model.state_dict(), average=average, optimiser=optimiser.state_dict(), step=step, decay_from=decay_from, decay_end=decay_end)
    torch.save(state, path + '.partial')
    os.replace(path + '.partial', path)


validation = [(v['name'], unit(np.load(here(v['file'])).astype(np.float32))) for v in t['validation']]
LEVELS = [0.01, 0.032, 0.1, 0.32, 1.0]


def validate():
    """Root mean square error of the averaged weights on fixed images and noise, by level."""
    current = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(average)
    rows = {}
    with torch.no_grad():
        for which, images in validation:
            x = images.to(args.device)
            row = []
            for i, s in enumerate(LEVELS):
                g = torch.Generator().manual_seed(i)
                noise = torch.randn(x.shape, generator=g).to(args.device)
                with torch.autocast(args.device, torch.bfloat16):
                    d = torch.cat([model(a[None] + s * n[None], torch.full((1,), s, device=args.device)) for a, n in zip(x, noise)])
                row.append(round((d - x).square().mean().sqrt().item(), 5))
            rows[which] = row
    model.load_state_dict(current)
    return rows


stop = False


def asked_to_stop(*_):
    global stop
    stop = True


signal.signal(signal.SIGTERM, asked_to_stop)
signal.signal(signal.SIGINT, asked_to_stop)

run = torch.compile(model) if t.get('compile') and args.device == 'cuda' else model
side, count = t['side'], t['batch']
saved_at, busy, losses, skipped = time.time(), 0.0, [], 0
while step < args.steps and not stop:
    started = time.time()
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
    loss = (((clean - x) * (s * s + d * d).sqrt() / (s * d)) ** 2).mean()
    rate = t['rate'] * min(1, (step + 1) / t['warmup'])
    if decay_from is not None:
        rate *= max(0.0, 1 - (step - decay_from) / (args.steps - decay_from))
    for group in optimiser.param_groups:
        group['lr'] = rate
    # now and then a bfloat16 convolution of the CPU gives a number that is none of the model's: such a step teaches nothing
    if loss.item() < 20:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    else:
        skipped += 1
    step += 1
    keep = min(t['ema'], (1 + step) / (10 + step))
    with torch.no_grad():
        for k, v in model.state_dict().items():
            average[k].lerp_(v, 1 - keep)
    losses.append(loss.item())
    busy += time.time() - started
    if step % args.every == 0 or step == args.steps or stop:
        row = dict(step=step, rate=rate, loss=round(float(np.mean(losses)), 5), median=round(float(np.median(losses)), 5), worst=round(float(np.max(losses)), 3), skipped=skipped, perStep=round(busy / len(losses), 4), minutes=round(time.time() / 60, 2), **validate())
        print(json.dumps(row), file=log, flush=True)
        print(row, flush=True)
        busy, losses = 0.0, []
    if time.time() - saved_at > 120:
        save()
        saved_at = time.time()
save()
