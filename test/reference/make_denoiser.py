"""Outputs and input gradients of training/denoiser.py with random weights, for src/priors/denoiser.test.ts: denoiser-plain and denoiser-norm.safetensors.

    python test/reference/make_denoiser.py
"""
import json
import struct
import sys
from pathlib import Path
import torch

here = Path(__file__).parent
sys.path.insert(0, str(here.parent.parent / 'training'))
from denoiser import Denoiser  # noqa: E402


def write(path, tensors, metadata):
    header, blobs, at = {'__metadata__': metadata}, [], 0
    for name, value in tensors.items():
        data = value.detach().contiguous().float().numpy().tobytes()
        header[name] = {'dtype': 'F32', 'shape': list(value.shape), 'data_offsets': [at, at + len(data)]}
        blobs.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    path.write_bytes(struct.pack('<Q', len(text)) + text + b''.join(blobs))


for name, groups in (('plain', None), ('norm', 2)):
    torch.manual_seed(7)
    config = dict(channels=2, widths=[4, 6, 8], blocks=[1, 2, 1], embedding=8, sigmaData=0.5, sigmaMin=0.002, sigmaMax=4)
    model = Denoiser(config['channels'], config['widths'], config['blocks'], config['embedding'], config['sigmaData'], groups)
    if groups:
        config['normGroups'] = groups
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(0.3 * torch.randn(p.shape))
    x = torch.randn(2, 2, 12, 16, requires_grad=True)
    sigma = torch.tensor([0.03, 1.7])
    seed = torch.randn(2, 2, 12, 16)
    out = model(x, sigma)
    (out * seed).sum().backward()
    tensors = {f'weight.denoiser.{key}': value for key, value in model.state_dict().items()}
    tensors |= {'x': x, 'sigma': sigma, 'seed': seed, 'out': out, 'grad.x': x.grad}
    write(here / f'denoiser-{name}.safetensors', tensors, {'config': json.dumps(config)})
