"""The networks of a latent prior of ours in PyTorch. The architectures are those of test/reference/models.py."""
import os
import sys
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'test', 'reference'))
from models import FirstStage, UNet  # noqa: E402

STAGE, UNET = 'first_stage_model.', 'model.diffusion_model.'


def load(model, tensors, prefix):
    model.load_state_dict({k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)})
    return model


def first_stage(prior, tensors):
    return load(FirstStage(prior['firstStage']), tensors, STAGE).eval()


def unet(prior, tensors):
    return load(UNet(prior['unet']), tensors, UNET)


def alphas_of(prior):
    """Cumulative alphas of the schedule (`scaled-linear`: linear in the root of beta)."""
    s = prior['schedule']
    assert s['kind'] == 'scaled-linear'
    beta = torch.linspace(s['betaStart'] ** 0.5, s['betaEnd'] ** 0.5, s['levels'], dtype=torch.float64) ** 2
    return torch.cumprod(1 - beta, 0)


def latent_config(prior, config):
    """A prior's configuration with what a training changes in its UNet."""
    return {**prior, 'unet': {**prior['unet'], **config['unet']}}
