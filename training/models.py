"""The network of a prior's configuration."""
from denoiser import Denoiser
from dncnn import DnCNN


def model_of(prior):
    if prior['kind'] == 'dncnn':
        p = prior['dncnn']
        return DnCNN(p['channels'], p['width'], p['depth'])
    p = prior['denoiser']
    return Denoiser(p['channels'], p['widths'], p['blocks'], p['embedding'], p['sigmaData'], p.get('normGroups'))


def settings_of(prior):
    """What loss and noise levels need: least, greatest sigma, deviation of clean images."""
    return {'sigmaData': 0.5, **prior['dncnn' if prior['kind'] == 'dncnn' else 'denoiser']}
