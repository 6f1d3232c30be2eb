"""DnCNN (Zhang et al., IEEE TIP 2017) for noise of any level, as src/priors/dncnn.ts computes it: the level is a second input, a constant map (after FFDNet's
authors' "FDnCNN"), and the network gives the noise, which is subtracted. No batch normalisation: a batch here holds noise of all levels."""
import torch
from torch import nn
import torch.nn.functional as F


class DnCNN(nn.Module):
    def __init__(self, channels, width, depth):
        super().__init__()
        sizes = [channels + 1] + [width] * (depth - 1) + [channels]
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(sizes, sizes[1:]))
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.layers[-1].weight)

    def forward(self, x, sigma):
        """The clean estimate of x [N, C, H, W] at noise sigma [N]."""
        h = torch.cat([x, sigma[:, None, None, None].expand(-1, 1, *x.shape[2:])], 1)
        # the first layer in full precision: eight bits would round noise of 0.01 away beside values of 1
        with torch.autocast(x.device.type, enabled=False):
            h = F.relu(self.layers[0](h.float()))
        if torch.is_autocast_enabled(x.device.type):
            h = h.to(torch.get_autocast_dtype(x.device.type))
        for layer in self.layers[1:-1]:
            h = F.relu(layer(h))
        return x - self.layers[-1](h).float()
