"""Put group normalisation into a denoiser trained without it, so that training goes on from what it knows.

    python training/add_norms.py training/ct-pixel-norm.json FROM WORK/ct-pixel-norm.pt --work FOLDER

FROM is a checkpoint of train_denoiser.py or the folder of a prior.

Each new norm gets the standard deviation and the mean that its input has over training patches as scale and shift, so that the
net computes at first nearly what it did. Optimiser and step number start anew.
"""
import argparse
import json
import torch
from denoiser import Denoiser, averages_of
from images import batch, generator_of, noise_levels, sources_of

parser = argparse.ArgumentParser()
parser.add_argument('config')
parser.add_argument('source')
parser.add_argument('out')
parser.add_argument('--work', required=True)
args = parser.parse_args()
config = json.load(open(args.config))
p, t = config['prior']['denoiser'], config['training']
groups = p['normGroups']
averages = averages_of(args.source)
old = Denoiser(p['channels'], p['widths'], p['blocks'], p['embedding'], p['sigmaData'])
old.load_state_dict(averages)

sources = sources_of(t, args.work)
draw = generator_of(config['seed'], 0, 'cpu')
x = batch(sources, 24, t['side'], draw, t.get('gain', (1, 1)))
sigma = noise_levels((torch.arange(24) + 0.5) / 24, t, p)
noise = torch.randn(x.shape, generator=draw)

norms = {}


def watch(name):
    def see(_, inputs, output):
        for which, h in ((f'{name}.norm1', inputs[0]), (f'{name}.norm2', seen[name])):
            g = h.reshape(h.shape[0], groups, -1)
            width = h.shape[1] // groups
            norms[f'{which}.weight'] = g.std(2).mean(0).repeat_interleave(width)
            norms[f'{which}.bias'] = g.mean(2).mean(0).repeat_interleave(width)
    return see


seen = {}


def keep(name):
    def see(_, inputs, output):
        seen[name] = output
    return see


for name, module in old.named_modules():
    if module.__class__.__name__ == 'Block':
        module.register_forward_hook(watch(name))
        module.conv1.register_forward_hook(keep(name))
with torch.no_grad():
    before = old(x + sigma[:, None, None, None] * noise, sigma)
    new = Denoiser(p['channels'], p['widths'], p['blocks'], p['embedding'], p['sigmaData'], groups)
    new.load_state_dict({**averages, **norms})
    after = new(x + sigma[:, None, None, None] * noise, sigma)
error = lambda d: (d - x).square().mean((1, 2, 3)).sqrt().mean().item()
print(f'error without norms {error(before):.4f}, with them {error(after):.4f}')
optimiser = torch.optim.AdamW(new.parameters(), lr=t['rate'], betas=(0.9, 0.99), weight_decay=t.get('weightDecay', 0.0))
torch.save(dict(weights=new.state_dict(), average=new.state_dict(), optimiser=optimiser.state_dict(), step=0, decay_from=None, decay_end=None), args.out)
