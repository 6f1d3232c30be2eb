"""The folder of a prior of ours: config.json, and model.safetensors in fp16."""
import json
import os
import struct
import numpy as np
import torch


def open_prior(folder):
    """(config, tensors by name in float32)."""
    with open(os.path.join(folder, 'model.safetensors'), 'rb') as file:
        header = json.loads(file.read(struct.unpack('<Q', file.read(8))[0]))
        data = file.read()
    header.pop('__metadata__', None)
    tensors = {}
    for name, entry in header.items():
        assert entry['dtype'] == 'F16', name
        start, end = entry['data_offsets']
        values = np.frombuffer(data[start:end], np.float16).reshape(entry['shape'])
        tensors[name] = torch.from_numpy(values.astype(np.float32))
    with open(os.path.join(folder, 'config.json')) as file:
        return json.load(file), tensors


def write_prior(folder, config, tensors, step):
    header, blobs, at = {'__metadata__': {'steps': str(step)}}, [], 0
    for name, value in tensors.items():
        data = value.contiguous().to(torch.float16).numpy()
        assert np.isfinite(data).all(), name
        header[name] = {'dtype': 'F16', 'shape': list(data.shape), 'data_offsets': [at, at + data.nbytes]}
        blobs.append(data.tobytes())
        at += data.nbytes
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, 'model.safetensors')
    with open(path + '.partial', 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(blobs))
    os.replace(path + '.partial', path)
    with open(os.path.join(folder, 'config.json'), 'w') as file:
        file.write(json.dumps(config, indent=2) + '\n')
    print(f'step {step}: {at / 2 / 1e6:.2f} M parameters, {at / 1e6:.1f} MB')
