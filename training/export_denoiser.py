"""The averaged weights of a training as a prior: config.json and model.safetensors (fp16).

    python training/export_denoiser.py training/ct-pixel.json CHECKPOINT.pt priors/ct-pixel
"""
import json
import os
import struct
import sys
import numpy as np
import torch

config_file, checkpoint, out = sys.argv[1:]
prior = json.load(open(config_file))['prior']
saved = torch.load(checkpoint, map_location='cpu', weights_only=True)
header, blobs, at = {'__metadata__': {'steps': str(saved['step'])}}, [], 0
for name, value in saved['average'].items():
    data = value.contiguous().to(torch.float16).numpy()
    assert np.isfinite(data).all(), name
    header[f'denoiser.{name}'] = {'dtype': 'F16', 'shape': list(data.shape), 'data_offsets': [at, at + data.nbytes]}
    blobs.append(data.tobytes())
    at += data.nbytes
text = json.dumps(header).encode()
text += b' ' * (-len(text) % 8)
os.makedirs(out, exist_ok=True)
path = os.path.join(out, 'model.safetensors')
with open(path + '.partial', 'wb') as file:
    file.write(struct.pack('<Q', len(text)) + text + b''.join(blobs))
os.replace(path + '.partial', path)
with open(os.path.join(out, 'config.json'), 'w') as file:
    file.write(json.dumps(prior, indent=2) + '\n')
print(f'step {saved["step"]}: {at / 2 / 1e6:.2f} M parameters, {at / 1e6:.1f} MB')
