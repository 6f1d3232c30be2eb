"""Write the reference numbers of src/priors/mappings/parity.test.ts: small models with seeded random weights under the names of other layouts.

    python make_layouts.py      (needs torch and safetensors; writes guided*.safetensors and diffusers*.safetensors beside itself)

Each file holds `weight.<name>`, inputs, outputs, and gradients of sum(output * seed) with respect to inputs; the options or
configurations are its metadata, as JSON. A learned sigma's second half of channels is left away, as a sampler does.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file

from diffusers_layout import Autoencoder, UNet2DModel
from guided_diffusion import UNet
from make_models import seeded

HERE = pathlib.Path(__file__).parent

GUIDED = {
    # as ffhq_10m.pt, small: heads of fixed width, learned sigma
    "guided": dict(image_channels=3, model_channels=8, out_channels=6, num_res_blocks=1, attention_ds=[2], channel_mult=[1, 2], groups=8,
                   num_head_channels=8, scale_shift=True, resblock_updown=True),
    # its other options
    "guided-plain": dict(image_channels=1, model_channels=8, out_channels=1, num_res_blocks=2, attention_ds=[1], channel_mult=[1, 2], groups=8,
                         num_heads=2, conv_resample=False, new_order=True),
}

VQ = dict(_class_name="VQModel", in_channels=1, out_channels=1, block_out_channels=[8, 16], layers_per_block=1, latent_channels=3, num_vq_embeddings=16,
          vq_embed_dim=2, norm_num_groups=4, sample_size=32, down_block_types=["DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
          up_block_types=["AttnUpDecoderBlock2D", "UpDecoderBlock2D"])
KL = dict(_class_name="AutoencoderKL", in_channels=3, out_channels=3, block_out_channels=[8, 16], layers_per_block=1, latent_channels=2, norm_num_groups=4,
          sample_size=32, down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2, scaling_factor=0.5)
LATENT_UNET = dict(_class_name="UNet2DModel", sample_size=16, in_channels=2, out_channels=2, block_out_channels=[8, 16], layers_per_block=1, attention_head_dim=4,
                   down_block_types=["DownBlock2D", "AttnDownBlock2D"], up_block_types=["AttnUpBlock2D", "UpBlock2D"], norm_num_groups=4, norm_eps=1e-5,
                   freq_shift=0, flip_sin_to_cos=True, downsample_padding=1)
# as google/ddpm-celebahq-256, small, with an eps large enough to be seen
PIXEL_UNET = LATENT_UNET | dict(in_channels=1, out_channels=1, attention_head_dim=None, norm_eps=0.01, freq_shift=1, flip_sin_to_cos=False, downsample_padding=0)
BLOCKS_UNET = LATENT_UNET | dict(resnet_time_scale_shift="scale_shift", attn_norm_num_groups=4, downsample_type="resnet", upsample_type="resnet",
                                 down_block_types=["ResnetDownsampleBlock2D", "AttnDownBlock2D"], up_block_types=["AttnUpBlock2D", "ResnetUpsampleBlock2D"])
DDIM = dict(_class_name="DDIMScheduler", num_train_timesteps=1000, beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", clip_sample=False)
DDPM = dict(_class_name="DDPMScheduler", num_train_timesteps=1000, beta_start=0.0001, beta_end=0.02, beta_schedule="linear", clip_sample=True)

DIFFUSERS = {
    # old names of attention, VQ, as CompVis/ldm-celebahq-256
    "diffusers-vq": (True, dict(unet=LATENT_UNET, vqvae=VQ, scheduler=DDIM)),
    "diffusers-kl": (False, dict(unet=BLOCKS_UNET, vae=KL, scheduler=DDIM)),
    "diffusers-pixel": (False, dict(unet=PIXEL_UNET, scheduler=DDPM)),
}


def weights(model, prefix=""):
    return {f"weight.{prefix}{name}": p.detach() for name, p in model.named_parameters()}


def noise_and_gradient(model, channels, draw):
    z, t = draw(2, channels, 16, 8).requires_grad_(), torch.tensor([17.0, 801.0])
    epsilon = model(z, t)[:, :channels]
    seed = draw(*epsilon.shape)
    (gradient,) = torch.autograd.grad((epsilon * seed).sum(), [z])
    return {"z": z, "t": t, "epsilon": epsilon, "seed_z": seed, "grad.z": gradient}


def write(name, tensors, metadata):
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, HERE / f"{name}.safetensors", metadata={"config": json.dumps(metadata)})


def guided(name, options, seed):
    model, generator = seeded(UNet(**options), seed)
    draw = lambda *shape: torch.randn(shape, generator=generator)
    write(name, weights(model) | noise_and_gradient(model, options["image_channels"], draw), options)


def diffusers(name, old, parts, seed):
    unet, generator = seeded(UNet2DModel(parts["unet"], old), seed)
    draw = lambda *shape: torch.randn(shape, generator=generator)
    tensors = weights(unet, "unet.") | noise_and_gradient(unet, parts["unet"]["in_channels"], draw)
    for folder in parts.keys() & {"vqvae", "vae"}:
        cfg = parts[folder]
        model, _ = seeded(Autoencoder(cfg, old), seed + 100)
        scale = cfg.get("scaling_factor", 1)
        x = draw(2, cfg["in_channels"], 32, 16).clamp(-1, 1)
        encoded = model.encode(x) * scale
        latent = draw(*encoded.shape).requires_grad_()
        decoded = model.decode(latent / scale)
        seed_x = draw(*decoded.shape)
        (gradient,) = torch.autograd.grad((decoded * seed_x).sum(), [latent])
        tensors |= weights(model, f"{folder}.") | {"x": x, "encoded": encoded, "latent": latent, "decoded": decoded, "seed_x": seed_x, "grad.latent": gradient}
    write(name, tensors, parts)


if __name__ == "__main__":
    for seed, (name, options) in enumerate(GUIDED.items(), 10):
        guided(name, options, seed)
    for seed, (name, (old, parts)) in enumerate(DIFFUSERS.items(), 20):
        diffusers(name, old, parts, seed)
