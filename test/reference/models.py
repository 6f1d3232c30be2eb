"""The model architectures in PyTorch, for reference numbers only: VQ / KL first stage and UNet under CompVis' parameter names.

Written from the published description (Esser et al. 2021; Rombach et al. 2022; Dhariwal and Nichol 2021), independently of the TypeScript.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


def norm(channels, groups, eps):
    return nn.GroupNorm(groups, channels, eps=eps)


# ---------------------------------------------------------------- first stage


class ResnetBlock(nn.Module):
    def __init__(self, cin, cout, groups):
        super().__init__()
        self.norm1, self.conv1 = norm(cin, groups, 1e-6), nn.Conv2d(cin, cout, 3, padding=1)
        self.norm2, self.conv2 = norm(cout, groups, 1e-6), nn.Conv2d(cout, cout, 3, padding=1)
        if cin != cout:
            self.nin_shortcut = nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class AttnBlock(nn.Module):
    def __init__(self, c, groups):
        super().__init__()
        self.norm = norm(c, groups, 1e-6)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(c, c, 1) for _ in range(4))

    def forward(self, x):
        n, c, height, width = x.shape
        h = self.norm(x)
        q, k, v = (f(h).reshape(n, c, -1) for f in (self.q, self.k, self.v))
        weights = torch.softmax(torch.einsum("nci,ncj->nij", q, k) * c**-0.5, dim=-1)
        return x + self.proj_out(torch.einsum("nij,ncj->nci", weights, v).reshape(x.shape))


class Wrapped(nn.Module):
    """A convolution one name deeper (`downsample.conv`)."""

    def __init__(self, **named):
        super().__init__()
        for name, module in named.items():
            setattr(self, name, module)


class Level(nn.Module):
    def __init__(self, channels, groups, attention):
        super().__init__()
        self.block = nn.ModuleList(ResnetBlock(a, b, groups) for a, b in channels)
        self.attn = nn.ModuleList(AttnBlock(b, groups) for _, b in channels) if attention else nn.ModuleList()

    def forward(self, h):
        for i, block in enumerate(self.block):
            h = block(h)
            if len(self.attn):
                h = self.attn[i](h)
        return h


def middle(c, groups):
    return Wrapped(block_1=ResnetBlock(c, c, groups), attn_1=AttnBlock(c, groups), block_2=ResnetBlock(c, c, groups))


class Encoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        g, mult = cfg["normGroups"], cfg["chMult"]
        self.conv_in = nn.Conv2d(cfg["inChannels"], cfg["ch"], 3, padding=1)
        self.down, c = nn.ModuleList(), cfg["ch"]
        for level, m in enumerate(mult):
            pairs = []
            for _ in range(cfg["numResBlocks"]):
                pairs.append((c, cfg["ch"] * m))
                c = cfg["ch"] * m
            self.down.append(Level(pairs, g, cfg["resolution"] >> level in cfg["attnResolutions"]))
            if level < len(mult) - 1:
                self.down[-1].downsample = Wrapped(conv=nn.Conv2d(c, c, 3, stride=2))
        self.mid = middle(c, g)
        self.norm_out = norm(c, g, 1e-6)
        self.conv_out = nn.Conv2d(c, cfg["zChannels"] * (2 if cfg["kind"] == "kl" else 1), 3, padding=1)

    def forward(self, x):
        h = self.conv_in(x)
        for level in self.down:
            h = level(h)
            if hasattr(level, "downsample"):
                h = level.downsample.conv(F.pad(h, (0, 1, 0, 1)))
        h = self.mid.block_2(self.mid.attn_1(self.mid.block_1(h)))
        return self.conv_out(F.silu(self.norm_out(h)))


class Decoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        g, mult = cfg["normGroups"], cfg["chMult"]
        c = cfg["ch"] * mult[-1]
        self.conv_in = nn.Conv2d(cfg["zChannels"], c, 3, padding=1)
        self.mid = middle(c, g)
        ups = {}
        for level in reversed(range(len(mult))):
            pairs = []
            for _ in range(cfg["numResBlocks"] + 1):
                pairs.append((c, cfg["ch"] * mult[level]))
                c = cfg["ch"] * mult[level]
            ups[level] = Level(pairs, g, cfg["resolution"] >> level in cfg["attnResolutions"])
            if level > 0:
                ups[level].upsample = Wrapped(conv=nn.Conv2d(c, c, 3, padding=1))
        self.up = nn.ModuleList(ups[level] for level in range(len(mult)))
        self.norm_out = norm(c, g, 1e-6)
        self.conv_out = nn.Conv2d(c, cfg["outChannels"], 3, padding=1)

    def forward(self, z):
        h = self.conv_in(z)
        h = self.mid.block_2(self.mid.attn_1(self.mid.block_1(h)))
        for level in reversed(self.up):
            h = level(h)
            if hasattr(level, "upsample"):
                h = level.upsample.conv(F.interpolate(h, scale_factor=2, mode="nearest"))
        return self.conv_out(F.silu(self.norm_out(h)))


class FirstStage(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.kind, d = cfg["kind"], cfg["embedDim"]
        twice = 2 if self.kind == "kl" else 1
        self.encoder, self.decoder = Encoder(cfg), Decoder(cfg)
        self.quant_conv = nn.Conv2d(twice * cfg["zChannels"], twice * d, 1)
        self.post_quant_conv = nn.Conv2d(d, cfg["zChannels"], 1)
        if self.kind == "vq":
            self.quantize = Wrapped(embedding=nn.Embedding(cfg["nEmbed"], d))

    def encode(self, x):
        """VQ: the latent before quantisation. KL: mean and log-variance, concatenated."""
        return self.quant_conv(self.encoder(x))

    def nearest(self, z):
        return torch.cdist(z.permute(0, 2, 3, 1).flatten(0, 2), self.quantize.embedding.weight).argmin(1)

    def quantise(self, z):
        n, d, h, w = z.shape
        codes = self.quantize.embedding(self.nearest(z)).reshape(n, h, w, d).permute(0, 3, 1, 2)
        return z + (codes - z).detach()

    def decode(self, z):
        return self.decoder(self.post_quant_conv(self.quantise(z) if self.kind == "vq" else z))


# ---------------------------------------------------------------- UNet


class ResBlock(nn.Module):
    def __init__(self, cin, cout, cemb, groups):
        super().__init__()
        self.in_layers = nn.Sequential(norm(cin, groups, 1e-5), nn.SiLU(), nn.Conv2d(cin, cout, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(cemb, cout))
        self.out_layers = nn.Sequential(norm(cout, groups, 1e-5), nn.SiLU(), nn.Dropout(0), nn.Conv2d(cout, cout, 3, padding=1))
        self.skip_connection = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x, emb):
        h = self.in_layers(x) + self.emb_layers(emb)[:, :, None, None]
        return self.skip_connection(x) + self.out_layers(h)


class AttentionBlock(nn.Module):
    def __init__(self, c, head_channels, groups):
        super().__init__()
        self.d = head_channels
        self.norm, self.qkv, self.proj_out = norm(c, groups, 1e-5), nn.Conv1d(c, 3 * c, 1), nn.Conv1d(c, c, 1)

    def forward(self, x, emb):
        n, c, *spatial = x.shape
        flat = x.reshape(n, c, -1)
        q, k, v = self.qkv(self.norm(flat)).reshape(n * (c // self.d), 3 * self.d, -1).split(self.d, dim=1)
        scale = self.d**-0.25
        weights = torch.softmax(torch.einsum("bct,bcs->bts", q * scale, k * scale), dim=-1)
        mixed = torch.einsum("bts,bcs->bct", weights, v).reshape(n, c, -1)
        return (flat + self.proj_out(mixed)).reshape(x.shape)


class Down(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.op = nn.Conv2d(c, c, 3, stride=2, padding=1)

    def forward(self, x, emb):
        return self.op(x)


class Up(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x, emb):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class UNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        base, mult, g, d = cfg["modelChannels"], cfg["channelMult"], cfg["normGroups"], cfg["headChannels"]
        self.base, cemb = base, 4 * base
        self.time_embed = nn.Sequential(nn.Linear(base, cemb), nn.SiLU(), nn.Linear(cemb, cemb))
        self.input_blocks = nn.ModuleList([nn.ModuleList([nn.Conv2d(cfg["inChannels"], base, 3, padding=1)])])
        widths, c = [base], base
        for level, m in enumerate(mult):
            for _ in range(cfg["numResBlocks"]):
                block = nn.ModuleList([ResBlock(c, m * base, cemb, g)])
                c = m * base
                if 1 << level in cfg["attentionResolutions"]:
                    block.append(AttentionBlock(c, d, g))
                self.input_blocks.append(block)
                widths.append(c)
            if level < len(mult) - 1:
                self.input_blocks.append(nn.ModuleList([Down(c)]))
                widths.append(c)
        self.middle_block = nn.ModuleList([ResBlock(c, c, cemb, g), AttentionBlock(c, d, g), ResBlock(c, c, cemb, g)])
        self.output_blocks = nn.ModuleList()
        for level in reversed(range(len(mult))):
            for i in range(cfg["numResBlocks"] + 1):
                block = nn.ModuleList([ResBlock(c + widths.pop(), mult[level] * base, cemb, g)])
                c = mult[level] * base
                if 1 << level in cfg["attentionResolutions"]:
                    block.append(AttentionBlock(c, d, g))
                if level and i == cfg["numResBlocks"]:
                    block.append(Up(c))
                self.output_blocks.append(block)
        self.out = nn.Sequential(norm(c, g, 1e-5), nn.SiLU(), nn.Conv2d(c, cfg["outChannels"], 3, padding=1))

    def forward(self, z, t):
        half = self.base // 2
        angles = t[:, None] * torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32, device=t.device) / half)
        emb = self.time_embed(torch.cat([angles.cos(), angles.sin()], dim=-1))
        h, kept = self.input_blocks[0][0](z), []
        kept.append(h)
        for block in self.input_blocks[1:]:
            for layer in block:
                h = layer(h, emb)
            kept.append(h)
        for layer in self.middle_block:
            h = layer(h, emb)
        for block in self.output_blocks:
            h = torch.cat([h, kept.pop()], dim=1)
            for layer in block:
                h = layer(h, emb)
        return self.out(h)
