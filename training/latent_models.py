"""The networks of a latent prior of ours in PyTorch. The architectures are those of test/reference/models.py."""
import os
import sys
import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'test', 'reference'))
from models import FirstStage, UNet  # noqa: E402

STAGE, UNET = 'first_stage_model.', 'model.diffusion_model.'


def load(model, tensors, prefix):
    model.load_state_dict({k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)})
    return model


class FullPrecision(nn.Conv2d):
    """A convolution in float32 even where the rest is bfloat16, whose eight bits would round little noise away beside values of 1."""

    def forward(self, x):
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def first_stage(prior, tensors):
    return load(FirstStage(prior['firstStage']), tensors, STAGE).eval().requires_grad_(False)


def unet(prior, tensors):
    model = load(UNet(prior['unet']), tensors, UNET)
    model.input_blocks[0][0].__class__ = FullPrecision
    return model


@torch.no_grad()
def encode(stage, prior, x):
    """Images [N, C, H, W] as latents (the mean, where the stage gives a distribution), times the prior's scale factor."""
    with torch.autocast(x.device.type, torch.float16 if x.device.type == 'cuda' else torch.bfloat16):  # an error of 0.007, where latents vary by 1
        z = stage.encode(x.contiguous(memory_format=torch.channels_last))
    return z[:, : prior['firstStage']['embedDim']].float() * prior['scaleFactor']


def alphas_of(prior):
    """Cumulative alphas of the schedule (`scaled-linear`: linear in the root of beta)."""
    s = prior['schedule']
    assert s['kind'] == 'scaled-linear'
    beta = torch.linspace(s['betaStart'] ** 0.5, s['betaEnd'] ** 0.5, s['levels'], dtype=torch.float64) ** 2
    return torch.cumprod(1 - beta, 0)


def latent_config(prior, config):
    """A prior's configuration with what a training changes in its UNet."""
    return {**prior, 'unet': {**prior['unet'], **config.get('unet', {})}}
