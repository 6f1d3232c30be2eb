"""The denoiser of the pixel priors, as src/priors/denoiser.ts computes it: same names, same shapes.

D(x, sigma) = c_skip x + c_out F(c_in x, ln sigma) (Karras et al., NeurIPS 2022, table 1), F a convolutional UNet of
residual blocks without attention (after DRUNet: Zhang et al., PAMI 2021), scaled and shifted by the noise level; normalised where `groups` is given.
"""
import os
import torch
from torch import nn
import torch.nn.functional as F
from prior_files import open_prior

FREQUENCIES = 16


def level_features(log_sigma):
    """ln sigma [N] -> [N, 32]: cosines, then sines, of 16 frequencies from 1/4 to 4."""
    k = torch.arange(FREQUENCIES, dtype=torch.float32, device=log_sigma.device)
    phase = log_sigma[:, None] * (0.25 * 16 ** (k / (FREQUENCIES - 1)))[None]
    return torch.cat([phase.cos(), phase.sin()], 1)


class Block(nn.Module):
    def __init__(self, width, embedding, groups):
        super().__init__()
        self.groups = groups
        if groups:
            self.norm1 = nn.GroupNorm(groups, width)
            self.norm2 = nn.GroupNorm(groups, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.level = nn.Linear(embedding, 2 * width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x, e):
        h = self.norm2(self.conv1(F.silu(self.norm1(x)))) if self.groups else self.conv1(x)
        scale, shift = self.level(e).to(h.dtype)[:, :, None, None].chunk(2, 1)
        return x + self.conv2(F.silu(torch.addcmul(shift, h, 1 + scale)))


class Denoiser(nn.Module):
    def __init__(self, channels, widths, blocks, embedding=128, sigma_data=0.5, groups=None):
        super().__init__()
        self.sigma_data = sigma_data
        self.embed = nn.ModuleList([nn.Linear(2 * FREQUENCIES, embedding), nn.Linear(embedding, embedding)])
        self.enter = nn.Conv2d(channels, widths[0], 3, padding=1)
        stages = lambda: nn.ModuleList(
            nn.ModuleList(Block(w, embedding, groups) for _ in range(n)) for w, n in zip(widths, blocks)
        )
        self.down = stages()
        self.up = stages()
        pairs = list(zip(widths, widths[1:]))
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairs)
        self.grow = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairs)
        self.leave = nn.Conv2d(widths[0], channels, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def net(self, x, log_sigma):
        e = F.silu(self.embed[1](F.silu(self.embed[0](level_features(log_sigma)))))
        # in full precision even where the rest is bfloat16, whose eight bits would round noise of 0.01 away beside values of 1
        with torch.autocast(x.device.type, enabled=False):
            h = self.enter(x.float())
        if torch.is_autocast_enabled(x.device.type):
            h = h.to(torch.get_autocast_dtype(x.device.type))
        skips = []
        last = len(self.down) - 1
        for level, stage in enumerate(self.down):
            for block in stage:
                h = block(h, e)
            if level < last:
                skips.append(h)
                h = self.shrink[level](h)
        for level in range(last, -1, -1):
            if level < last:
                h = self.grow[level](h) + skips[level]
            for block in self.up[level]:
                h = block(h, e)
        return self.leave(h)

    def forward(self, x, sigma):
        """The clean estimate of x [N, C, H, W] at noise sigma [N]."""
        s = sigma[:, None, None, None]
        d = self.sigma_data
        total = (s * s + d * d).sqrt()
        return (d * d / total**2) * x + (s * d / total) * self.net(x / total, sigma.log()).float()


def averages_of(source):
    """The averaged weights of a checkpoint, or the weights of a prior's folder."""
    if os.path.isdir(source):
        return {name.removeprefix('denoiser.'): value for name, value in open_prior(source)[1].items()}
    return torch.load(source, map_location='cpu', weights_only=True)['average']
