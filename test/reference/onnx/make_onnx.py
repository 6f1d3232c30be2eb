"""Write the ONNX files and reference numbers of src/graph/onnx-in/torch-models.test.ts: small models with seeded random weights.

    python make_onnx.py     (needs torch, safetensors, onnx, onnxscript; writes *.onnx and reference.safetensors beside itself)

Both of PyTorch's exporters, several operator sets. The reference holds, for each model, its inputs `NAME.in.INPUT`, its output `NAME.out`, an upstream
gradient `NAME.seed` and gradients `NAME.grad.INPUT` of sum(output * seed), also with respect to one weight where the file keeps its name.
"""

import pathlib
import sys
import warnings

import onnx
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from make_models import seeded  # noqa: E402
from models import FirstStage, UNet  # noqa: E402

VQ = dict(kind="vq", inChannels=1, outChannels=1, ch=4, chMult=[1, 2], numResBlocks=1, zChannels=3, embedDim=2, nEmbed=16, attnResolutions=[16], resolution=32, normGroups=2)
UNET = dict(inChannels=2, outChannels=2, modelChannels=4, channelMult=[1, 2], numResBlocks=1, attentionResolutions=[2], headChannels=4, normGroups=2, imageSize=16)


class Decoder(nn.Module):
    """Latent to image, without the quantiser."""

    def __init__(self):
        super().__init__()
        self.stage = FirstStage(VQ)

    def forward(self, z):
        return self.stage.decoder(self.stage.post_quant_conv(z))


class Quantiser(nn.Module):
    """The nearest code by its number."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(16, 3)

    def forward(self, z):
        flat = z.permute(0, 2, 3, 1).reshape(-1, 3)
        book = self.embedding.weight
        distance = flat.pow(2).sum(1, keepdim=True) - 2 * flat @ book.t() + book.pow(2).sum(1)
        codes = self.embedding(distance.argmin(1)).reshape(z.shape[0], z.shape[2], z.shape[3], 3)
        return (codes * z.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Classic(nn.Module):
    """A convolutional autoencoder with what older ones are made of: batch norm, pooling, transposed convolution, pixel shuffle, bilinear upsampling."""

    def __init__(self):
        super().__init__()
        self.down1 = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.LeakyReLU(0.1), nn.MaxPool2d(2))
        self.down2 = nn.Sequential(nn.Conv2d(6, 8, 3, padding=2, dilation=2, groups=2), nn.InstanceNorm2d(8, affine=True), nn.PReLU(8), nn.AvgPool2d(3, 2, 1))
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1), nn.Hardsigmoid())
        self.up1 = nn.Sequential(nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1), nn.ELU(), nn.Softplus())
        self.up2 = nn.Sequential(nn.Conv2d(12, 8, 3, padding=1), nn.PixelShuffle(2), nn.Hardswish())
        self.last = nn.Conv2d(3, 1, 3, padding=1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(a)
        b = b * self.gate(b)
        c = torch.cat([self.up1(b), a], 1)
        d = self.up2(c)
        small = F.interpolate(x, scale_factor=0.5, mode="bilinear", align_corners=False)
        large = F.interpolate(small, size=x.shape[2:], mode="bilinear", align_corners=True)
        return torch.tanh(self.last(torch.cat([d, F.pad(large, (1, 0, 0, 1))[:, :, 1:, :-1]], 1))) + x.clamp(-0.5, 0.5)


class Transformer(nn.Module):
    """A denoiser of patches: linear patches, positions, attention, layer norms, GELU, split, and an affine modulation by the time."""

    def __init__(self):
        super().__init__()
        d = 8
        self.patch, self.position = nn.Conv2d(1, d, 4, stride=4), nn.Parameter(torch.zeros(1, 16, d))
        self.qkv, self.mixed = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.mlp = nn.Sequential(nn.Linear(d, 16), nn.GELU(), nn.Linear(16, d))
        self.time = nn.Linear(4, 2 * d)
        self.out = nn.Linear(d, 16)

    def forward(self, x, t):
        n, _, h, w = x.shape
        frequencies = torch.exp(-torch.arange(2, dtype=torch.float32))
        angles = t[:, None].float() * frequencies
        shift, scale = self.time(torch.cat([angles.cos(), angles.sin()], -1)).chunk(2, -1)
        tokens = self.patch(x).flatten(2).transpose(1, 2) + self.position
        h1 = self.norm1(tokens) * (1 + scale[:, None]) + shift[:, None]
        q, k, v = (part.reshape(n, -1, 2, 4).transpose(1, 2) for part in self.qkv(h1).chunk(3, -1))
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, -1, 8)
        tokens = tokens + self.mixed(mixed)
        tokens = tokens + self.mlp(self.norm2(tokens))
        y = self.out(tokens).reshape(n, h // 4, w // 4, 4, 4)
        return y.permute(0, 1, 3, 2, 4).reshape(n, 1, h, w)


def strip(path):
    """Stack traces of the exporter are most of a small file."""
    model = onnx.load(path)
    for part in [model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    del model.graph.value_info[:]
    onnx.save(model, path)


def export(name, model, inputs, seed, opset, dynamo, output="y", dynamic=None, weight=None):
    model, generator = seeded(model.eval(), seed)
    draw = lambda *shape: torch.randn(shape, generator=generator)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(draw(*module.running_mean.shape) * 0.3)
            module.running_var.copy_(draw(*module.running_var.shape).abs() + 0.5)
    values = {k: draw(*v) if isinstance(v, tuple) else v for k, v in inputs.items()}
    wrt = {k: v.requires_grad_() for k, v in values.items() if v.is_floating_point()}
    out = model(*values.values())
    upstream = draw(*out.shape)
    parameters = dict(model.named_parameters())
    sources = wrt | ({weight: parameters[weight]} if weight else {})
    got = torch.autograd.grad((out * upstream).sum(), list(sources.values()))
    options = dict(dynamo=True, external_data=False, optimize=True) if dynamo else dict(dynamo=False, dynamic_axes=dynamic, do_constant_folding=True)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        args = tuple(v.detach() for v in values.values())
        torch.onnx.export(model, args, str(HERE / f"{name}.onnx"), input_names=list(values), output_names=[output], opset_version=opset, **options)
    strip(HERE / f"{name}.onnx")
    result = {f"{name}.in.{k}": v for k, v in values.items()} | {f"{name}.out": out, f"{name}.seed": upstream} | {f"{name}.grad.{k}": g for k, g in zip(sources, got)}
    return {k: v.detach().float().contiguous() for k, v in result.items()}


if __name__ == "__main__":
    image = {0: "n", 2: "h", 3: "w"}
    reference = (
        export("vq-decoder", Decoder(), dict(z=(1, 2, 8, 6)), 1, 17, False, dynamic=dict(z=image), weight="stage.decoder.mid.attn_1.k.weight")
        | export("unet", UNet(UNET), dict(z=(2, 2, 8, 8), t=torch.tensor([17.0, 801.0])), 3, 18, True)
        | export("unet-dynamic", UNet(UNET | dict(channelMult=[1, 1])), dict(z=(1, 2, 8, 8), t=torch.tensor([17.0])), 4, 13, False, dynamic=dict(z=image, t={0: "n"}))
        | export("quantiser", Quantiser(), dict(z=(2, 3, 4, 4)), 5, 13, False, dynamic=dict(z=image))
        | export("classic", Classic(), dict(x=(2, 1, 16, 16)), 6, 11, False)
        | export("classic-dynamo", Classic(), dict(x=(1, 1, 16, 16)), 7, 20, True)
        | export("transformer", Transformer(), dict(x=(2, 1, 16, 16), t=torch.tensor([3, 70])), 8, 21, True)
        | export("transformer-dynamic", Transformer(), dict(x=(1, 1, 16, 16), t=torch.tensor([30])), 9, 17, False, dynamic=dict(x={0: "n"}, t={0: "n"}))
    )
    save_file(reference, HERE / "reference.safetensors")
