"""The averaged weights of a training as a prior: config.json and model.safetensors (fp16).

    python training/export_denoiser.py training/ct-pixel.json CHECKPOINT.pt priors/ct-pixel
"""
import json
import sys
import torch
from prior_files import write_prior

config_file, checkpoint, out = sys.argv[1:]
saved = torch.load(checkpoint, map_location='cpu', weights_only=True)
tensors = {f'denoiser.{name}': value for name, value in saved['average'].items()}
write_prior(out, json.load(open(config_file))['prior'], tensors, saved['step'])
