"""A CT scan from the matrices of scripts/training-scan.mjs: measuring, and filtered backprojection."""
import os
import numpy as np
import torch


class Scan:
    def __init__(self, folder, name, device='cpu'):
        load = lambda part: torch.from_numpy(np.load(os.path.join(folder, f'{name}-{part}.npy')).copy()).to(device)
        matrix = lambda which, shape: torch.sparse_csr_tensor(load(f'{which}-start'), load(f'{which}-column'), load(f'{which}-weight'), shape)
        self.offset, self.filter = load('offset')[:, None], load('filter')
        self.bins = len(self.filter)
        pixels = len(load('back-start')) - 1
        self.side = int(pixels**0.5)
        self.forward = matrix('forward', (len(self.offset), pixels))
        self.back = matrix('back', (pixels, len(self.offset)))

    def fbp(self, x, sigma, draw):
        """FBP images of noisy scans of x [N, 1, S, S]."""
        n = len(x)
        y = self.forward @ x.reshape(n, -1).T + self.offset
        y = y + sigma * torch.empty_like(y).normal_(generator=draw)
        filtered = (y.T.reshape(n, -1, self.bins) @ self.filter).reshape(n, -1)
        return (self.back @ filtered.T).T.reshape(x.shape) - 1
