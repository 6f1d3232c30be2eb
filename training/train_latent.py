"""Train the denoiser of a latent prior further, from the prior's own weights.

    python training/train_latent.py training/ct-latent.json --work FOLDER [--steps N] [--decay N] [--threads 2] [--device cuda]

Course of the rate, checkpoints: see loop.py. Data: see scripts/training-images.mjs. The network predicts the noise; each step's loss is the error of the
clean latent, weighted as EDM does (Karras et al., NeurIPS 2022, table 1, sigma_data 1: (1 + sigma^2) times that of the noise), at levels of a log-normal
distribution, each taken to the nearest one of the prior's schedule. Batches are drawn from a store of latents of whole images, turned, flipped, zoomed and
scaled in attenuation; `fresh` of the store are made anew at every step. What stands in the store depends on how often the training was taken up again.
"""
import json
import os
import numpy as np
import torch
from images import batch, generator_of, quantiles, sources_of, unit
from latent_models import alphas_of, encode, first_stage, latent_config, unet
from loop import arguments, compiled, train
from prior_files import open_prior

args = arguments(__doc__)
config = json.load(open(args.config))
t = config['training']
prior, tensors = open_prior(config['from'])
prior = latent_config(prior, config)
stage = first_stage(prior, tensors).to(args.device, memory_format=torch.channels_last)
model = unet(prior, tensors).to(args.device, memory_format=torch.channels_last)
run = compiled(model, args.device)
sources = sources_of(t, args.work, args.device)
alphas = alphas_of(prior).to(args.device)
log_sigmas = ((1 - alphas) / alphas).sqrt().log()


def nearest(log_sigma):
    """The schedule's levels nearest to noise levels given by their logarithms."""
    above = torch.searchsorted(log_sigmas, log_sigma.double()).clamp(1, len(alphas) - 1)
    return above - (log_sigma - log_sigmas[above - 1] < log_sigmas[above] - log_sigma).long()


def estimate(net, z0, noise, level):
    """(predicted noise, sigma of each latent)."""
    a = alphas[level].float()[:, None, None, None]
    z = a.sqrt() * z0 + (1 - a).sqrt() * noise
    with torch.autocast(args.device, torch.bfloat16):
        eps = net(z.contiguous(memory_format=torch.channels_last), level.float()).float()
    return eps, ((1 - a) / a).sqrt()


def latents(count, draw):
    return encode(stage, prior, batch(sources, count, t['side'], draw, t.get('gain', (1, 1)))).half()


print(f'a store of {t["latents"]} latents ...', flush=True)
store = torch.cat([latents(min(16, t['latents'] - at), generator_of(config['seed'], -1 - at, args.device)) for at in range(0, t['latents'], 16)])


def loss_of(step, falling):
    draw = generator_of(config['seed'], step, args.device)
    fresh = t.get('fresh', 0)
    if fresh:
        at = step * fresh % (len(store) - fresh + 1)
        store[at : at + fresh] = latents(fresh, draw)
    z0 = store[torch.randint(len(store), (t['batch'],), generator=draw, device=args.device)].float()
    mean, deviation = t['logSigma']
    level = nearest(mean + deviation * 2**0.5 * torch.erfinv(2 * quantiles(t['batch'], draw) - 1))
    noise = torch.empty_like(z0).normal_(generator=draw)
    eps, sigma = estimate(run, z0, noise, level)
    return ((1 + sigma**2) * (eps - noise) ** 2).mean()


if args.device == 'cuda':  # so that it is compiled before the first step
    loss_of(0, False).backward()
    model.zero_grad(set_to_none=True)
LEVELS = [0.05, 0.15, 0.5, 1.5, 5.0]
validation = [(v['name'], encode(stage, prior, unit(np.load(os.path.join(args.work, v['file']))).to(args.device))) for v in t['validation']]


def errors():
    """Root mean square error of the clean latent on fixed latents and noise, by sigma."""
    rows = {}
    for which, z0 in validation:
        row = []
        for i, s in enumerate(LEVELS):
            noise = torch.randn(z0.shape, generator=torch.Generator().manual_seed(i)).to(args.device)
            level = nearest(torch.full((len(z0),), s, device=args.device).log())
            eps, sigma = estimate(model, z0, noise, level)
            row.append(round((sigma * (eps - noise)).square().mean().sqrt().item(), 4))
        rows[which] = row
    return rows


train(model, args.name or f'{prior["name"]}-latent', t, args, loss_of, errors, absurd=50, refresh=lambda: [s.refresh() for s in sources])
