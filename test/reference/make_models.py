"""Write the reference numbers of src/priors/*.test.ts: small models with seeded random weights, their outputs and gradients.

    python make_models.py      (needs torch and safetensors; writes vq.safetensors, kl.safetensors, unet.safetensors beside itself)

Each file holds `weight.<name>` (also the config, as JSON metadata), inputs, outputs, and `grad.<what>`: gradients of sum(output * seed).
"""

import json
import pathlib

import torch
from safetensors.torch import save_file

from models import FirstStage, UNet

HERE = pathlib.Path(__file__).parent
VQ = dict(kind="vq", inChannels=1, outChannels=1, ch=8, chMult=[1, 2, 2], numResBlocks=1, zChannels=3, embedDim=2, nEmbed=32, attnResolutions=[16], resolution=32, normGroups=4)
KL = dict(kind="kl", inChannels=3, outChannels=3, ch=8, chMult=[1, 2], numResBlocks=2, zChannels=4, embedDim=3, attnResolutions=[], resolution=16, normGroups=4)
UNET = dict(inChannels=3, outChannels=3, modelChannels=8, channelMult=[1, 2, 3], numResBlocks=1, attentionResolutions=[2], headChannels=8, normGroups=4, imageSize=16)


def seeded(model, seed):
    """Every tensor random (also those that training starts at zero or one), at the scale that keeps activations near one."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if p.ndim >= 2 and "embedding" not in name:
                p.copy_(noise / p[0].numel() ** 0.5)
            else:
                p.copy_(noise * 0.1 + (1.0 if name.endswith("weight") and p.ndim == 1 else 0.0) if "embedding" not in name else noise)
    return model, generator


def save(name, config, model, tensors):
    weights = {f"weight.{k}": v.detach() for k, v in model.named_parameters()}
    save_file({k: v.detach().contiguous() for k, v in (weights | tensors).items()}, HERE / f"{name}.safetensors", metadata={"config": json.dumps(config)})


def gradients(model, output, seed, inputs, names):
    parameters = dict(model.named_parameters())
    wrt = {**inputs, **{k: parameters[k] for k in names}}
    got = torch.autograd.grad((output * seed).sum(), list(wrt.values()))
    return {f"grad.{k}": g for k, g in zip(wrt, got)}


def first_stage(name, config, seed, side, grads):
    model, generator = seeded(FirstStage(config), seed)
    draw = lambda *shape: torch.randn(shape, generator=generator)
    x = draw(2, config["inChannels"], side, side).clamp(-1, 1).requires_grad_()
    encoded = model.encode(x)
    z = draw(*encoded[:, : config["embedDim"]].shape).requires_grad_()
    decoded = model.decode(z)
    seed_x, seed_z = draw(*decoded.shape), draw(*encoded.shape)
    extra = {"indices": model.nearest(z).reshape(z[:, 0].shape).float()} if config["kind"] == "vq" else {}
    save(name, config, model, dict(x=x, z=z, encoded=encoded, decoded=decoded, seed_x=seed_x, seed_z=seed_z, **extra)
         | gradients(model, encoded, seed_z, {"x": x}, [n for n in grads if n.startswith("encoder")])
         | gradients(model, decoded, seed_x, {"z": z}, [n for n in grads if n.startswith("decoder")]))


def unet(name, config, seed):
    model, generator = seeded(UNet(config), seed)
    draw = lambda *shape: torch.randn(shape, generator=generator)
    z, t = draw(2, config["inChannels"], 16, 8).requires_grad_(), torch.tensor([17.0, 801.0])
    epsilon = model(z, t)
    seed_z = draw(*epsilon.shape)
    names = ["time_embed.0.weight", "input_blocks.2.0.op.weight", "input_blocks.3.1.qkv.weight", "middle_block.0.in_layers.0.weight", "output_blocks.5.0.skip_connection.weight", "out.2.bias"]
    save(name, config, model, dict(z=z, t=t, epsilon=epsilon, seed_z=seed_z) | gradients(model, epsilon, seed_z, {"z": z}, names))


if __name__ == "__main__":
    first_stage("vq", VQ, 1, 32, ["encoder.down.0.downsample.conv.weight", "encoder.down.1.attn.0.q.weight", "decoder.mid.attn_1.k.weight", "decoder.up.1.upsample.conv.weight", "decoder.up.1.block.0.norm2.weight"])
    first_stage("kl", KL, 2, 16, ["encoder.conv_in.weight", "decoder.up.0.block.0.nin_shortcut.weight"])
    unet("unet", UNET, 3)
