"""PyTorch's side of ldm-vq4.ts.

    python ldm-vq4.py make FOLDER             a checkpoint of LDM-VQ4's exact names and shapes with seeded random weights, and inputs
    python ldm-vq4.py run FOLDER TASK THREADS  one task, computed once per line of standard input
    python ldm-vq4.py measure COMMAND...       wall time and peak memory of a command
"""

import json
import pathlib
import resource
import subprocess
import sys
import time

import torch
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "reference"))
from models import FirstStage, UNet  # noqa: E402

UNET = dict(inChannels=3, outChannels=3, modelChannels=224, channelMult=[1, 2, 3, 4], numResBlocks=2, attentionResolutions=[2, 4, 8], headChannels=32, normGroups=32)
FIRST_STAGE = dict(kind="vq", inChannels=3, outChannels=3, ch=128, chMult=[1, 2, 4], numResBlocks=2, zChannels=3, embedDim=3, nEmbed=8192, attnResolutions=[], resolution=256, normGroups=32)
CHECKPOINT, PROBLEM = "ldm-vq4.ckpt", "problem.safetensors"


def seeded(model, generator):
    for p in model.parameters():
        noise = torch.randn(p.shape, generator=generator)
        p.data = noise / p[0].numel() ** 0.5 if p.ndim >= 2 else 1 + 0.1 * noise
    return {name: p.data for name, p in model.named_parameters()}


def make(folder):
    generator = torch.Generator().manual_seed(0)
    unet, first = seeded(UNet(UNET), generator), seeded(FirstStage(FIRST_STAGE), generator)
    ema = {"model_ema." + ("diffusion_model." + k).replace(".", ""): v * 0.999 for k, v in unet.items()}
    betas = torch.linspace(0.0015**0.5, 0.0195**0.5, 1000, dtype=torch.float64) ** 2
    state = {f"model.diffusion_model.{k}": v for k, v in unet.items()} | ema | {f"first_stage_model.{k}": v for k, v in first.items()}
    state |= {"model_ema.decay": torch.tensor(0.9999), "model_ema.num_updates": torch.tensor(1000, dtype=torch.int32)}
    state |= {"betas": betas.float(), "alphas_cumprod": torch.cumprod(1 - betas, 0).float()}
    torch.save({"epoch": 1, "global_step": 1000, "state_dict": state}, folder / CHECKPOINT)
    draw = lambda *shape: torch.randn(shape, generator=generator)
    save_file({"z": draw(1, 3, 64, 64), "t": torch.tensor([500.0]), "x": draw(1, 3, 256, 256).clamp(-1, 1)}, folder / PROBLEM)


def load(folder, task):
    prefix = "model.diffusion_model." if task.startswith("unet") else "first_stage_model."
    model = UNet(UNET) if task.startswith("unet") else FirstStage(FIRST_STAGE)
    state = torch.load(folder / CHECKPOINT, mmap=True, weights_only=True)["state_dict"]
    model.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
    return model.requires_grad_(False).eval()


def compute(model, task, given):
    z, t, x = (given[k] for k in ("z", "t", "x"))
    if task == "encode":
        return {"out": model.encode(x)}
    z = z.clone().requires_grad_(task.endswith("gradient"))
    out = model(z, t) if task.startswith("unet") else model.decode(z)
    if not task.endswith("gradient"):
        return {"out": out}
    (gradient,) = torch.autograd.grad(0.5 * out.square().sum(), z)
    return {"out": out.detach(), "gradient": gradient}


def run(folder, task, threads):
    torch.set_num_threads(threads)
    model, given = load(folder, task), load_file(folder / PROBLEM)
    print(json.dumps({"ready": f"PyTorch {torch.__version__}"}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        result = compute(model, task, given)
        seconds = time.perf_counter() - start
        save_file({k: v.detach().contiguous() for k, v in result.items()}, folder / "pytorch.safetensors")
        print(json.dumps({"seconds": seconds, "peakMemoryMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


def measure(command):
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "peakMemoryMB": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "output": done.stdout}))


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "make":
        make(pathlib.Path(rest[0]))
    elif what == "run":
        run(pathlib.Path(rest[0]), rest[1], int(rest[2]))
    else:
        measure(rest)
