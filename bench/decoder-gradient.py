"""PyTorch's side of decoder-gradient.ts: load the problem, then compute once per line of standard input.

    python decoder-gradient.py FOLDER THREADS
"""

import json
import pathlib
import resource
import sys
import time

import torch
from safetensors import safe_open
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "reference"))
from models import Decoder  # noqa: E402

folder, threads = pathlib.Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
with safe_open(folder / "problem.safetensors", "pt") as file:
    config = json.loads(file.metadata()["config"])
    tensors = {name: file.get_tensor(name) for name in file.keys()}
post_quant_conv = torch.nn.Conv2d(config["embedDim"], config["zChannels"], 1)
decoder = Decoder(config)
for prefix, module in (("post_quant_conv.", post_quant_conv), ("decoder.", decoder)):
    module.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    module.requires_grad_(False)
z, y = tensors["z"].requires_grad_(), tensors["y"]
del tensors
print(json.dumps({"ready": f"PyTorch {torch.__version__}"}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    decoded = decoder(post_quant_conv(z))
    (gradient,) = torch.autograd.grad(0.5 * (decoded - y).square().sum(), z)
    seconds = time.perf_counter() - start
    save_file({"decoded": decoded.detach(), "gradient": gradient}, folder / "pytorch.safetensors")
    print(json.dumps({"seconds": seconds, "peakMemoryMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
