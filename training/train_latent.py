"""Train the denoiser of a latent prior further, from the prior's own weights, on latents packed by encode_latents.py.

    python training/train_latent.py training/ct-latent.json --work FOLDER [--steps N] [--decay N] [--threads 2]

Course of the rate, checkpoints: see loop.py. The network predicts the noise; each step's loss is the error of the clean latent,
weighted as EDM does (Karras et al., NeurIPS 2022, table 1, sigma_data 1: (1 + sigma^2) times that of the noise), at levels of a
log-normal distribution, each taken to the nearest one of the prior's schedule.
"""
import json
import os
import numpy as np
import torch
from latent_models import alphas_of, latent_config, unet
from loop import arguments, train
from prior_files import open_prior

args = arguments(__doc__)
config = json.load(open(args.config))
torch.set_num_threads(args.threads)
t = config['training']
prior, tensors = open_prior(config['from'])
prior = latent_config(prior, config)
model = unet(prior, tensors).to(args.device, memory_format=torch.channels_last)
latents = np.load(os.path.join(args.work, 'latents.npy'), mmap_mode='r')
alphas = alphas_of(prior)
log_sigmas = ((1 - alphas) / alphas).sqrt().log()


def nearest(log_sigma):
    """The schedule's levels nearest to noise levels given by their logarithms."""
    above = torch.searchsorted(log_sigmas, log_sigma.double()).clamp(1, len(alphas) - 1)
    return above - (log_sigma - log_sigmas[above - 1] < log_sigmas[above] - log_sigma).long()


def estimate(z0, noise, level):
    """(predicted noise, sigma of each latent)."""
    a = alphas[level].float().to(args.device)[:, None, None, None]
    z = a.sqrt() * z0 + (1 - a).sqrt() * noise
    with torch.autocast(args.device, torch.bfloat16):
        eps = model(z.contiguous(memory_format=torch.channels_last), level.float().to(args.device)).float()
    return eps, ((1 - a) / a).sqrt()


def loss_of(step):
    rng = np.random.default_rng([config['seed'], step])
    z0 = torch.from_numpy(latents[np.sort(rng.choice(len(latents), t['batch'], replace=False))].astype(np.float32)).to(args.device)
    u = torch.from_numpy((np.arange(t['batch']) + rng.random()) / t['batch']).float()
    mean, deviation = t['logSigma']
    level = nearest(mean + deviation * 2**0.5 * torch.erfinv(2 * u - 1))
    noise = torch.from_numpy(rng.standard_normal(z0.shape, dtype=np.float32)).to(args.device)
    eps, sigma = estimate(z0, noise, level)
    return ((1 + sigma**2) * (eps - noise) ** 2).mean()


LEVELS = [0.05, 0.15, 0.5, 1.5, 5.0]
validation = [(v['name'], torch.from_numpy(np.load(os.path.join(args.work, f'latents-{v["file"]}')).astype(np.float32))) for v in t['validation']]


def errors():
    """Root mean square error of the clean latent on fixed latents and noise, by sigma."""
    rows = {}
    for which, z0 in validation:
        row = []
        for i, s in enumerate(LEVELS):
            noise = torch.randn(z0.shape, generator=torch.Generator().manual_seed(i)).to(args.device)
            level = nearest(torch.full((len(z0),), s).log())
            eps, sigma = estimate(z0.to(args.device), noise, level)
            row.append(round((sigma * (eps - noise)).square().mean().sqrt().item(), 4))
        rows[which] = row
    return rows


train(model, args.name or f'{prior["name"]}-latent', t, args, loss_of, errors, absurd=50)
