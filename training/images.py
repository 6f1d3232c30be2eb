"""Patches for training from images packed by scripts/training-images.mjs. Everything depends on the generator handed in alone."""
import math
import os
import numpy as np
import torch
import torch.nn.functional as F


class Source:
    """Images [N, C, S, S] of one file. `reduce`: sides of the file per side of use (2: packed at twice the size of use)."""

    def __init__(self, path, share, reduce=1, zoom=(1.0, 1.0), turn=0.0):
        self.images = np.load(path, mmap_mode='r')
        self.share, self.reduce, self.zoom, self.turn = share, reduce, zoom, turn

    def patch(self, side, rng):
        image = self.images[rng.integers(len(self.images))]
        size = image.shape[-1]
        if self.reduce == 1 and self.zoom == (1.0, 1.0):
            top, left = rng.integers(size - side + 1, size=2)
            cut = np.ascontiguousarray(image[:, top : top + side, left : left + side])
            return unit(cut)
        # four samples a pixel, bilinear, then their mean: a scaled and turned cut without aliasing
        zoom = np.exp(rng.uniform(*np.log(self.zoom))) if rng.random() < 0.85 else 1.0
        angle = self.turn * rng.normal() if rng.random() < 0.5 else 0.0
        half = side * self.reduce / zoom / size  # half extent of the cut where the image has [-1, 1]
        room = max(0.0, 1 - half)
        cx, cy = rng.uniform(-room, room, 2)
        c, s = np.cos(angle) * half, np.sin(angle) * half
        theta = torch.tensor([[[c, -s, cx], [s, c, cy]]], dtype=torch.float32)
        grid = F.affine_grid(theta, (1, 1, 2 * side, 2 * side), align_corners=False)
        x = unit(np.ascontiguousarray(image))[None]
        cut = F.grid_sample(x, grid, mode='bilinear', padding_mode='border', align_corners=False)
        return F.avg_pool2d(cut, 2)[0]


def unit(values):
    return torch.from_numpy(values.astype(np.float32)) / 32767.5 - 1


def sources_of(training, folder):
    """The sources that a configuration names, from the folder of the packed data."""
    return [
        Source(os.path.join(folder, s['file']), s['share'], s.get('reduce', 1), tuple(s.get('zoom', (1, 1))), s.get('turn', 0))
        for s in training['data']
    ]


def noise_levels(u, training, denoiser):
    """Noise levels at the quantiles u of a log-normal distribution, within what the denoiser knows."""
    mean, deviation = training['logSigma']
    level = (mean + deviation * math.sqrt(2) * torch.erfinv(2 * u - 1)).exp()
    return level.clamp(denoiser['sigmaMin'], denoiser['sigmaMax'])


def batch(sources, count, side, rng, gain=(1.0, 1.0)):
    """[count, C, side, side] in [-1, 1]: flipped, turned by quarters, and with `gain` times the attenuation (x + 1)."""
    shares = np.array([s.share for s in sources])
    patches = []
    for _ in range(count):
        x = sources[rng.choice(len(sources), p=shares / shares.sum())].patch(side, rng)
        if rng.random() < 0.5:
            x = x.flip(2)
        x = torch.rot90(x, int(rng.integers(4)), (1, 2))
        if gain != (1.0, 1.0) and rng.random() < 0.7:
            x = ((x + 1) * float(rng.uniform(*gain)) - 1).clamp(-1, 1)
        patches.append(x)
    return torch.stack(patches)
