"""The UNet of guided-diffusion in PyTorch, under its parameter names, for reference numbers only.

Written from the published description (Dhariwal and Nichol 2021, appendix; Nichol and Dhariwal 2021) and the public layout of its
state dicts, independently of the TypeScript. Options are those of its command line.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

EPS = 1e-5


def resized(x, how):
    if how == "down":
        return F.avg_pool2d(x, 2)
    return F.interpolate(x, scale_factor=2, mode="nearest") if how == "up" else x


class Residual(nn.Module):
    def __init__(self, cin, cout, cemb, groups, scale_shift, how=None):
        super().__init__()
        self.scale_shift, self.how = scale_shift, how
        self.in_layers = nn.Sequential(nn.GroupNorm(groups, cin, EPS), nn.SiLU(), nn.Conv2d(cin, cout, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(cemb, cout * (2 if scale_shift else 1)))
        self.out_layers = nn.Sequential(nn.GroupNorm(groups, cout, EPS), nn.SiLU(), nn.Dropout(0), nn.Conv2d(cout, cout, 3, padding=1))
        self.skip_connection = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x, emb):
        h = self.in_layers[2](resized(self.in_layers[1](self.in_layers[0](x)), self.how))
        e = self.emb_layers(emb)[:, :, None, None]
        if self.scale_shift:
            scale, shift = e.chunk(2, dim=1)
            h = self.out_layers[0](h) * (1 + scale) + shift
        else:
            h = self.out_layers[0](h + e)
        return self.skip_connection(resized(x, self.how)) + self.out_layers[3](self.out_layers[1](h))


class Attention(nn.Module):
    def __init__(self, c, heads, groups, new_order):
        super().__init__()
        self.heads, self.new_order = heads, new_order
        self.norm, self.qkv, self.proj_out = nn.GroupNorm(groups, c, EPS), nn.Conv1d(c, 3 * c, 1), nn.Conv1d(c, c, 1)

    def forward(self, x, emb):
        n, c, *spatial = x.shape
        d, flat = c // self.heads, x.reshape(n, c, -1)
        qkv = self.qkv(self.norm(flat))
        if self.new_order:
            q, k, v = (part.reshape(n * self.heads, d, -1) for part in qkv.chunk(3, dim=1))
        else:
            q, k, v = qkv.reshape(n * self.heads, 3 * d, -1).split(d, dim=1)
        weights = torch.softmax(torch.einsum("bct,bcs->bts", q * d**-0.25, k * d**-0.25), dim=-1)
        return (flat + self.proj_out(torch.einsum("bts,bcs->bct", weights, v).reshape(n, c, -1))).reshape(x.shape)


class Resample(nn.Module):
    """A change of size, with a convolution (named `op` on the way down, `conv` on the way up) or without."""

    def __init__(self, c, how, convolve):
        super().__init__()
        self.how, self.name = how, ("op" if how == "down" else "conv") if convolve else None
        if self.name:
            self.add_module(self.name, nn.Conv2d(c, c, 3, stride=2 if how == "down" else 1, padding=1))

    def forward(self, x, emb):
        if self.name is None:
            return resized(x, self.how)
        return self.op(x) if self.how == "down" else self.conv(resized(x, "up"))


class UNet(nn.Module):
    def __init__(self, image_channels, model_channels, out_channels, num_res_blocks, attention_ds, channel_mult, groups,
                 num_heads=1, num_head_channels=-1, scale_shift=False, resblock_updown=False, conv_resample=True, new_order=False):
        super().__init__()
        self.base, cemb = model_channels, 4 * model_channels
        heads = lambda c: num_heads if num_head_channels == -1 else c // num_head_channels
        block = lambda a, b, how=None: Residual(a, b, cemb, groups, scale_shift, how)
        attention = lambda c: Attention(c, heads(c), groups, new_order)
        resample = lambda c, how: block(c, c, how) if resblock_updown else Resample(c, how, conv_resample)
        self.time_embed = nn.Sequential(nn.Linear(model_channels, cemb), nn.SiLU(), nn.Linear(cemb, cemb))
        c = model_channels
        self.input_blocks = nn.ModuleList([nn.ModuleList([nn.Conv2d(image_channels, c, 3, padding=1)])])
        widths = [c]
        for level, mult in enumerate(channel_mult):
            for _ in range(num_res_blocks):
                layers = [block(c, mult * model_channels)]
                c = mult * model_channels
                if 2**level in attention_ds:
                    layers.append(attention(c))
                self.input_blocks.append(nn.ModuleList(layers))
                widths.append(c)
            if level < len(channel_mult) - 1:
                self.input_blocks.append(nn.ModuleList([resample(c, "down")]))
                widths.append(c)
        self.middle_block = nn.ModuleList([block(c, c), attention(c), block(c, c)])
        self.output_blocks = nn.ModuleList()
        for level, mult in reversed(list(enumerate(channel_mult))):
            for i in range(num_res_blocks + 1):
                layers = [block(c + widths.pop(), mult * model_channels)]
                c = mult * model_channels
                if 2**level in attention_ds:
                    layers.append(attention(c))
                if level and i == num_res_blocks:
                    layers.append(resample(c, "up"))
                self.output_blocks.append(nn.ModuleList(layers))
        self.out = nn.Sequential(nn.GroupNorm(groups, c, EPS), nn.SiLU(), nn.Conv2d(c, out_channels, 3, padding=1))

    def forward(self, x, t):
        half = self.base // 2
        angles = t[:, None] * torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32) / half)
        emb = self.time_embed(torch.cat([angles.cos(), angles.sin()], dim=-1))
        h, kept = x, []
        for layers in self.input_blocks:
            for layer in layers:
                h = layer(h) if isinstance(layer, nn.Conv2d) else layer(h, emb)
            kept.append(h)
        for layer in self.middle_block:
            h = layer(h, emb)
        for layers in self.output_blocks:
            h = torch.cat([h, kept.pop()], dim=1)
            for layer in layers:
                h = layer(h, emb)
        return self.out(h)
