"""The averaged weights of a training of latents, with the first stage that they are of, as a prior: config.json and model.safetensors (fp16).

    python training/export_latent.py training/ct-latent.json CHECKPOINT.pt priors/ct
"""
import json
import sys
import torch
from latent_models import STAGE, UNET, latent_config
from prior_files import open_prior, write_prior

config_file, checkpoint, out = sys.argv[1:]
config = json.load(open(config_file))
prior, tensors = open_prior(config['from'])
saved = torch.load(checkpoint, map_location='cpu', weights_only=True)
kept = {name: value for name, value in tensors.items() if name.startswith(STAGE)}
new = {f'{UNET}{name}': value for name, value in saved['average'].items()}
assert new.keys() == {name for name in tensors if name.startswith(UNET)}
write_prior(out, latent_config(prior, config), {name: (kept | new)[name] for name in tensors}, saved['step'])
