"""Patches for training from images packed by scripts/training-images.mjs, cut on the device that trains. What is drawn depends on the generator handed in
and on the files there are alone."""
import glob
import math
import os
import numpy as np
import torch
import torch.nn.functional as F


class Source:
    """Images [N, C, S, S] of the files that match a pattern.

    `reduce`: sides of the file per side of use (2: packed at twice the size of use). `zoom`, `turn`: range of scales, deviation of the angle, in radians, of
    cuts. `inside`: no cut leaves the picture (where what is outside is not air).
    """

    def __init__(self, folder, device, file, share, reduce=1, zoom=(1, 1), turn=0.0, inside=False):
        self.pattern, self.device, self.share = os.path.join(folder, file), device, share
        self.reduce, self.zoom, self.turn, self.inside = reduce, tuple(zoom), turn, inside
        self.known, self.images = set(), None
        self.refresh()
        if self.images is None:
            raise FileNotFoundError(f'no images at {self.pattern}: scripts/training-images.mjs packs them')

    def refresh(self, most=30000):
        """Take up files that were packed since."""
        new = sorted(set(glob.glob(self.pattern)) - self.known)
        parts = [] if self.images is None else [self.images]
        for path in new if not parts or len(self.images) < most else []:
            values = np.load(path)
            parts.append(torch.from_numpy((values.astype(np.int32) - 32768).astype(np.int16)).to(self.device))
            self.known.add(path)
        if len(parts) > 1 or self.images is None and parts:
            self.images = torch.cat(parts)

    def patches(self, count, side, generator):
        draw = lambda *shape: torch.rand(shape, generator=generator, device=self.device)
        which = torch.randint(len(self.images), (count,), generator=generator, device=self.device)
        size = self.images.shape[-1]
        if self.reduce == 1 and self.zoom == (1, 1):
            row, column = ((draw(count) * (size - side + 1)).long()[:, None] + torch.arange(side, device=self.device) for _ in range(2))
            channel = torch.arange(self.images.shape[1], device=self.device)
            return unit(self.images[which[:, None, None, None], channel[None, :, None, None], row[:, None, :, None], column[:, None, None, :]])
        # four samples a pixel, bilinear, then their mean: a scaled and turned cut without aliasing
        low, high = (math.log(z) for z in self.zoom)
        zoom = torch.where(draw(count) < 0.85, (low + (high - low) * draw(count)).exp(), min(max(1.0, self.zoom[0]), self.zoom[1]))
        if self.inside:
            zoom = zoom.clamp(min=side * self.reduce / size)
        angle = torch.where(draw(count) < 0.5, self.turn * torch.randn(count, generator=generator, device=self.device), 0.0)
        half = side * self.reduce / zoom / size  # half extent of the cut where the image has [-1, 1]
        room = (1 - half).clamp(min=0)
        x, y = ((2 * draw(count) - 1) * room for _ in range(2))
        c, s = angle.cos() * half, angle.sin() * half
        theta = torch.stack([torch.stack([c, -s, x], 1), torch.stack([s, c, y], 1)], 1)
        grid = F.affine_grid(theta, (count, 1, 2 * side, 2 * side), align_corners=False)
        cut = F.grid_sample(unit(self.images[which]), grid, mode='bilinear', padding_mode='border', align_corners=False)
        return F.avg_pool2d(cut, 2)


def unit(values):
    """Packed values (int16, 0 is the middle; or uint16 of NumPy) as [-1, 1]."""
    if isinstance(values, np.ndarray):
        return torch.from_numpy(values.astype(np.float32)) / 32767.5 - 1
    return (values.float() + 0.5) / 32767.5


def sources_of(training, folder, device='cpu'):
    """The sources that a configuration names, from the folder of the packed data."""
    return [Source(folder, device, **s) for s in training['data']]


def noise_levels(u, training, denoiser):
    """Noise levels at the quantiles u of a log-normal distribution, within what the denoiser knows."""
    mean, deviation = training['logSigma']
    level = (mean + deviation * math.sqrt(2) * torch.erfinv(2 * u - 1)).exp()
    return level.clamp(denoiser['sigmaMin'], denoiser['sigmaMax'])


def quantiles(count, generator):
    """Numbers of (0, 1) spread evenly over a batch, in any order: the same mean of a loss, less variance."""
    order = torch.randperm(count, generator=generator, device=generator.device)
    return ((order + torch.rand(count, generator=generator, device=generator.device)) / count).clamp(1e-6, 1 - 1e-6)


def generator_of(seed, step, device):
    """The randomness of one step."""
    return torch.Generator(device).manual_seed(seed * 1_000_003 + step)


def batch(sources, count, side, generator, gain=(1.0, 1.0)):
    """[count, C, side, side] in [-1, 1]: flipped, turned by quarters, and with `gain` times the attenuation (x + 1)."""
    device = generator.device
    # as many of each source as its share says, what is left over by chance (drawn without asking the device)
    start = np.random.default_rng(generator.initial_seed()).random()
    bounds = np.floor(np.cumsum([0.0] + [s.share for s in sources]) / sum(s.share for s in sources) * count * (1 - 1e-9) + start).astype(int)
    bounds[-1] = bounds[0] + count
    x = torch.cat([s.patches(int(n), side, generator) for s, n in zip(sources, np.diff(bounds)) if n > 0])
    coin = lambda p: (torch.rand((count,), generator=generator, device=device) < p)[:, None, None, None]
    x = torch.where(coin(0.5), x.flip(2), x)
    x = torch.where(coin(0.5), x.flip(3), x)
    x = torch.where(coin(0.5), x.transpose(2, 3), x)
    if tuple(gain) != (1, 1):
        factor = gain[0] + (gain[1] - gain[0]) * torch.rand((count, 1, 1, 1), generator=generator, device=device)
        x = torch.where(coin(0.7), ((x + 1) * factor - 1).clamp(-1, 1), x)
    return x
