"""Outputs and input gradients of training/denoiser.py with random weights, for src/priors/denoiser.test.ts: denoiser-plain and denoiser-norm.safetensors;
of training/dncnn.py, for src/priors/dncnn.test.ts: dncnn.safetensors; and one step of training/train_denoiser.py, for src/training/denoiser-training.test.ts: denoiser-step.safetensors.

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
from dncnn import DnCNN  # noqa: E402


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

# one step: EDM's loss, gradients clipped to norm 1, AdamW
torch.manual_seed(8)
config = dict(channels=1, widths=[4, 6], blocks=[1, 1], embedding=8, sigmaData=0.5, sigmaMin=0.002, sigmaMax=4, normGroups=2)
model = Denoiser(config['channels'], config['widths'], config['blocks'], config['embedding'], config['sigmaData'], config['normGroups'])
with torch.no_grad():
    for p in model.parameters():
        p.copy_(0.3 * torch.randn(p.shape))
before = {f'before.{key}': value.clone() for key, value in model.state_dict().items()}
optimiser = torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.99), weight_decay=0.0)
clean, noise, sigma = torch.rand(2, 1, 8, 8) * 2 - 1, torch.randn(2, 1, 8, 8), torch.tensor([0.05, 0.8])
s, d = sigma[:, None, None, None], config['sigmaData']
loss = (((model(clean + s * noise, sigma) - clean) * (s * s + d * d).sqrt() / (s * d)) ** 2).mean()
loss.backward()
norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
optimiser.step()
after = {f'after.{key}': value for key, value in model.state_dict().items()}
tensors = {**before, **after, 'clean': clean, 'noise': noise, 'sigma': sigma, 'loss': loss[None], 'norm': norm[None]}
write(here / 'denoiser-step.safetensors', tensors, {'config': json.dumps(config)})

torch.manual_seed(9)
config = dict(channels=2, width=5, depth=4, sigmaMin=0.01, sigmaMax=0.5)
model = DnCNN(config['channels'], config['width'], config['depth'])
with torch.no_grad():
    for p in model.parameters():
        p.copy_(0.3 * torch.randn(p.shape))
x, sigma, seed = torch.randn(2, 2, 7, 10, requires_grad=True), torch.tensor([0.03, 0.4]), torch.randn(2, 2, 7, 10)
out = model(x, sigma)
(out * seed).sum().backward()
tensors = {f'weight.denoiser.{key}': value for key, value in model.state_dict().items()}
write(here / 'dncnn.safetensors', tensors | {'x': x, 'sigma': sigma, 'seed': seed, 'out': out, 'grad.x': x.grad}, {'config': json.dumps(config)})
