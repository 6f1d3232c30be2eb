"""A mean of the weights of two priors of one architecture, the second trained on from the first (WiSE-FT: Wortsman et al., CVPR 2022): most of what the
second learned anew, without most of what it forgot.

    python training/mix_priors.py PRIOR TRAINED_ON SHARE OUT        SHARE of the second, 0 to 1
"""
import sys
from prior_files import open_prior, write_prior

first, second, share, out = sys.argv[1:]
(config, a), (_, b) = open_prior(first), open_prior(second)
assert a.keys() == b.keys(), 'two architectures'
write_prior(out, config, {name: (1 - float(share)) * a[name] + float(share) * b[name] for name in a}, f'mean, {share} of the second')
