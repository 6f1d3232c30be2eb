"""UNet2DModel, VQModel and AutoencoderKL in PyTorch as diffusers builds and names them from their config.json, for reference numbers only.

Written from the public configuration fields and state dicts of diffusers, independently of the TypeScript. Only what the configurations
of make_layouts.py use is here; a dropped field would show as a missing name.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Named(nn.Module):
    """Modules under given names."""

    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)


class ResnetBlock2D(nn.Module):
    def __init__(self, cin, cout, cemb, groups, eps, scale_shift=False, how=None):
        super().__init__()
        self.scale_shift, self.how = scale_shift, how
        self.norm1, self.conv1 = nn.GroupNorm(groups, cin, eps), nn.Conv2d(cin, cout, 3, padding=1)
        if cemb:
            self.time_emb_proj = nn.Linear(cemb, cout * (2 if scale_shift else 1))
        self.norm2, self.conv2 = nn.GroupNorm(groups, cout, eps), nn.Conv2d(cout, cout, 3, padding=1)
        if cin != cout:
            self.conv_shortcut = nn.Conv2d(cin, cout, 1)

    def resized(self, x):
        if self.how == "down":
            return F.avg_pool2d(x, 2)
        return F.interpolate(x, scale_factor=2, mode="nearest") if self.how == "up" else x

    def forward(self, x, emb=None):
        h = self.conv1(self.resized(F.silu(self.norm1(x))))
        x = self.resized(x)
        if emb is None:
            h = self.norm2(h)
        else:
            e = self.time_emb_proj(F.silu(emb))[:, :, None, None]
            if self.scale_shift:
                scale, shift = e.chunk(2, dim=1)
                h = self.norm2(h) * (1 + scale) + shift
            else:
                h = self.norm2(h + e)
        h = self.conv2(F.silu(h))
        return h + (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x)


class Attention(nn.Module):
    def __init__(self, c, head_dim, groups, eps, old):
        super().__init__()
        self.heads = c // head_dim if head_dim else 1
        self.group_norm = nn.GroupNorm(groups, c, eps)
        self.names = ["query", "key", "value", "proj_attn"] if old else ["to_q", "to_k", "to_v", "to_out"]
        for name in self.names[:3]:
            self.add_module(name, nn.Linear(c, c))
        self.add_module(self.names[3], nn.Linear(c, c) if old else nn.ModuleList([nn.Linear(c, c), nn.Dropout(0)]))

    def forward(self, x):
        n, c, height, width = x.shape
        tokens = self.group_norm(x).flatten(2).transpose(1, 2)
        q, k, v = (getattr(self, name)(tokens).unflatten(2, (self.heads, -1)).transpose(1, 2) for name in self.names[:3])
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        out = getattr(self, self.names[3])
        mixed = (out[0] if isinstance(out, nn.ModuleList) else out)(mixed)
        return x + mixed.transpose(1, 2).reshape(x.shape)


class Downsample(nn.Module):
    def __init__(self, c, padding):
        super().__init__()
        self.padding, self.conv = padding, nn.Conv2d(c, c, 3, stride=2, padding=padding)

    def forward(self, x, emb=None):
        return self.conv(F.pad(x, (0, 1, 0, 1)) if self.padding == 0 else x)


class Upsample(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x, emb=None):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class Block(nn.Module):
    """Residual blocks, each perhaps with an attention, perhaps with a change of size at the end."""

    def __init__(self, pairs, residual, attention, **last):
        super().__init__()
        self.resnets = nn.ModuleList(residual(a, b) for a, b in pairs)
        if attention:
            self.attentions = nn.ModuleList(attention(b) for _, b in pairs)
        for name, module in last.items():
            if module is not None:
                self.add_module(name, nn.ModuleList([module]))

    def layers(self):
        return zip(self.resnets, self.attentions if hasattr(self, "attentions") else [lambda h: h] * len(self.resnets))


def middle(c, residual, attention):
    return Named(resnets=nn.ModuleList([residual(c, c), residual(c, c)]), attentions=nn.ModuleList([attention(c)]))


def run_middle(block, h, *emb):
    return block.resnets[1](block.attentions[0](block.resnets[0](h, *emb)), *emb)


class UNet2DModel(nn.Module):
    def __init__(self, cfg, old):
        super().__init__()
        self.cfg, widths, groups, eps = cfg, cfg["block_out_channels"], cfg["norm_num_groups"], cfg["norm_eps"]
        cemb, layers = 4 * widths[0], cfg["layers_per_block"]
        scale_shift = cfg.get("resnet_time_scale_shift") == "scale_shift"
        residual = lambda a, b, how=None: ResnetBlock2D(a, b, cemb, groups, eps, scale_shift, how)
        attention = lambda c: Attention(c, cfg["attention_head_dim"], groups, eps, old)
        resizing = lambda kind, option: kind.startswith("Resnet") or (kind.startswith("Attn") and cfg.get(option) == "resnet")
        self.conv_in = nn.Conv2d(cfg["in_channels"], widths[0], 3, padding=1)
        self.time_embedding = Named(linear_1=nn.Linear(widths[0], cemb), linear_2=nn.Linear(cemb, cemb))
        self.down_blocks, c, kept = nn.ModuleList(), widths[0], [widths[0]]
        for i, kind in enumerate(cfg["down_block_types"]):
            pairs = [(c, widths[i])] + [(widths[i], widths[i])] * (layers - 1)
            c = widths[i]
            down = None if i == len(widths) - 1 else residual(c, c, "down") if resizing(kind, "downsample_type") else Downsample(c, cfg["downsample_padding"])
            self.down_blocks.append(Block(pairs, residual, attention if "Attn" in kind else None, downsamplers=down))
            kept += [c] * (layers + (down is not None))
        self.mid_block = middle(c, residual, attention)
        self.up_blocks = nn.ModuleList()
        for i, kind in enumerate(cfg["up_block_types"]):
            out, pairs = widths[-1 - i], []
            for _ in range(layers + 1):
                pairs.append((c + kept.pop(), out))
                c = out
            up = None if i == len(widths) - 1 else residual(c, c, "up") if resizing(kind, "upsample_type") else Upsample(c)
            self.up_blocks.append(Block(pairs, residual, attention if "Attn" in kind else None, upsamplers=up))
        self.conv_norm_out = nn.GroupNorm(groups, c, eps)
        self.conv_out = nn.Conv2d(c, cfg["out_channels"], 3, padding=1)

    def forward(self, x, t):
        half = self.cfg["block_out_channels"][0] // 2
        angles = t[:, None] * torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32) / (half - self.cfg["freq_shift"]))
        parts = [angles.sin(), angles.cos()]
        emb = self.time_embedding.linear_1(torch.cat(parts[::-1] if self.cfg["flip_sin_to_cos"] else parts, dim=-1))
        emb = self.time_embedding.linear_2(F.silu(emb))
        h = self.conv_in(x)
        kept = [h]
        for block in self.down_blocks:
            for residual, attention in block.layers():
                h = attention(residual(h, emb))
                kept.append(h)
            if hasattr(block, "downsamplers"):
                h = block.downsamplers[0](h, emb)
                kept.append(h)
        h = run_middle(self.mid_block, h, emb)
        for block in self.up_blocks:
            for residual, attention in block.layers():
                h = attention(residual(torch.cat([h, kept.pop()], dim=1), emb))
            if hasattr(block, "upsamplers"):
                h = block.upsamplers[0](h, emb)
        return self.conv_out(F.silu(self.conv_norm_out(h)))


class Autoencoder(nn.Module):
    """VQModel where the configuration has `num_vq_embeddings`, else AutoencoderKL."""

    def __init__(self, cfg, old):
        super().__init__()
        widths, groups, layers = cfg["block_out_channels"], cfg["norm_num_groups"], cfg["layers_per_block"]
        z, self.vq = cfg["latent_channels"], "num_vq_embeddings" in cfg
        embed = (cfg.get("vq_embed_dim") or z) if self.vq else z
        residual = lambda a, b: ResnetBlock2D(a, b, None, groups, 1e-6)
        attention = lambda c: Attention(c, None, groups, 1e-6, old)
        downs, c = nn.ModuleList(), widths[0]
        for i, kind in enumerate(cfg["down_block_types"]):
            pairs = [(c, widths[i])] + [(widths[i], widths[i])] * (layers - 1)
            c = widths[i]
            downs.append(Block(pairs, residual, attention if "Attn" in kind else None, downsamplers=Downsample(c, 0) if i < len(widths) - 1 else None))
        double = 1 if self.vq else 2
        self.encoder = Named(conv_in=nn.Conv2d(cfg["in_channels"], widths[0], 3, padding=1), down_blocks=downs, mid_block=middle(c, residual, attention),
                             conv_norm_out=nn.GroupNorm(groups, c, 1e-6), conv_out=nn.Conv2d(c, double * z, 3, padding=1))
        self.quant_conv = nn.Conv2d(double * z, double * embed, 1)
        if self.vq:
            self.quantize = Named(embedding=nn.Embedding(cfg["num_vq_embeddings"], embed))
        self.post_quant_conv = nn.Conv2d(embed, z, 1)
        ups = nn.ModuleList()
        for i, kind in enumerate(cfg["up_block_types"]):
            pairs = [(c, widths[-1 - i])] + [(widths[-1 - i], widths[-1 - i])] * layers
            c = widths[-1 - i]
            ups.append(Block(pairs, residual, attention if "Attn" in kind else None, upsamplers=Upsample(c) if i < len(widths) - 1 else None))
        self.decoder = Named(conv_in=nn.Conv2d(z, widths[-1], 3, padding=1), up_blocks=ups, mid_block=middle(widths[-1], residual, attention),
                             conv_norm_out=nn.GroupNorm(groups, c, 1e-6), conv_out=nn.Conv2d(c, cfg["out_channels"], 3, padding=1))

    def encode(self, x):
        """Latents of a VQModel, the mean of an AutoencoderKL."""
        h = self.encoder.conv_in(x)
        for block in self.encoder.down_blocks:
            for residual, attention in block.layers():
                h = attention(residual(h))
            if hasattr(block, "downsamplers"):
                h = block.downsamplers[0](h)
        h = run_middle(self.encoder.mid_block, h)
        h = self.quant_conv(self.encoder.conv_out(F.silu(self.encoder.conv_norm_out(h))))
        return h if self.vq else h.chunk(2, dim=1)[0]

    def quantise(self, z):
        n, d, height, width = z.shape
        nearest = torch.cdist(z.permute(0, 2, 3, 1).flatten(0, 2), self.quantize.embedding.weight).argmin(1)
        codes = self.quantize.embedding(nearest).reshape(n, height, width, d).permute(0, 3, 1, 2)
        return z + (codes - z).detach()

    def decode(self, z):
        h = self.decoder.conv_in(self.post_quant_conv(self.quantise(z) if self.vq else z))
        h = run_middle(self.decoder.mid_block, h)
        for block in self.decoder.up_blocks:
            for residual, attention in block.layers():
                h = attention(residual(h))
            if hasattr(block, "upsamplers"):
                h = block.upsamplers[0](h)
        return self.decoder.conv_out(F.silu(self.decoder.conv_norm_out(h)))
