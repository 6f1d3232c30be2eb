"""What the trainings share: the rate's course, moving averages, checkpoints, the log.

The rate is constant after a warm-up, so that a training may go on for as long as there is time; `--decay N` then ends it with N steps of a rate that falls
to nothing. Where the time is what is given (a machine lent), `--seconds S --falling F` ends it after S seconds, the rate falling over the last F. The state
is saved every few minutes and on SIGTERM, and the same command goes on from it. What a step draws depends on the seed and its number alone.
"""
import argparse
import json
import os
import signal
import time
import numpy as np
import torch

BORN = time.time()
# so many absurd losses in a row are the model's own, not a convolution's slip
ASTRAY = 20


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config')
    parser.add_argument('--work', required=True, help='folder of data, checkpoints and log')
    parser.add_argument('--from', dest='source', help='a prior of the same architecture to begin with')
    parser.add_argument('--steps', type=int, default=10**9, help='stop at this step')
    parser.add_argument('--decay', type=int, default=0, help='let the rate fall to nothing over so many steps, from where the training stands')
    parser.add_argument('--seconds', type=float, help='stop after so long')
    parser.add_argument('--falling', type=float, default=0, help='of these seconds, how many with a falling rate')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--name', default=None)
    parser.add_argument('--every', type=int, default=500, help='steps between validations')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    return args


def compiled(model, device):
    """The model as a GPU runs it fastest; on the CPU as it is."""
    if device == 'cpu':
        return model
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False  # what bfloat16 computes is not touched by it, what is kept in full precision is
    torch._dynamo.config.suppress_errors = True
    return torch.compile(model, dynamic=False)


def with_weights(model, weights, work):
    """work() while the model has other weights."""
    current = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(weights)
    try:
        with torch.no_grad():
            return work()
    finally:
        model.load_state_dict(current)


def train(model, name, t, args, loss_of, errors, absurd, refresh=lambda: None):
    """Train `model`, with the settings `t` of a configuration.

    loss_of(step, falling): the loss of one step; `falling`: the rate falls already. errors(): rows of validation errors of the model as it stands.
    `absurd`: a loss above which a step teaches nothing: now and then a bfloat16 convolution of the CPU gives a number that is none of the model's.
    refresh(): called now and then, for data packed meanwhile.
    """
    path = os.path.join(args.work, f'{name}.pt')
    log = open(os.path.join(args.work, f'{name}.jsonl'), 'a')
    average = {k: v.clone() for k, v in model.state_dict().items()}
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=t['rate'], betas=(0.9, 0.99), weight_decay=t.get('weightDecay', 0.0), fused=args.device != 'cpu'
    )
    step, decay_from, decay_end = 0, None, None
    if os.path.exists(path):
        saved = torch.load(path, map_location=args.device, weights_only=True)
        model.load_state_dict(saved['weights'])
        average, step, decay_from, decay_end = saved['average'], saved['step'], saved['decay_from'], saved.get('decay_end')
        optimiser.load_state_dict(saved['optimiser'])
    if args.decay and decay_end is None:
        decay_from = step if decay_from is None else decay_from
        decay_end = step + args.decay
    last = args.steps if decay_end is None else decay_end

    def save():
        state = dict(weights=model.state_dict(), average=average, optimiser=optimiser.state_dict(), step=step, decay_from=decay_from, decay_end=decay_end)
        torch.save(state, path + '.partial')
        os.replace(path + '.partial', path)

    def share_of_rate():
        """(the share of the full rate, whether it falls already)"""
        warm = min(1, (step + 1) / t['warmup'])
        if decay_from is not None:
            return warm * max(0.0, 1 - (step - decay_from) / (last - decay_from)), True
        if args.seconds and args.falling:
            left = (args.seconds - (time.time() - BORN)) / args.falling
            return warm * min(1, max(0.0, left)), left < 1
        return warm, False

    stop = False

    def asked_to_stop(*_):
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, asked_to_stop)
    signal.signal(signal.SIGINT, asked_to_stop)

    saved_at, started, losses, skipped, in_a_row = time.time(), time.time(), [], 0, 0
    weights, kept = list(model.state_dict().values()), None
    while step < last and not stop:
        share, falling = share_of_rate()
        loss = loss_of(step, falling)
        for group in optimiser.param_groups:
            group['lr'] = t['rate'] * share
        # asking for the loss would make a GPU wait at every step
        if args.device != 'cpu' or loss.item() < absurd:
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            in_a_row = 0
        else:
            skipped += 1
            in_a_row += 1
        if in_a_row == ASTRAY:
            print(f'{name}: step {step}: {ASTRAY} absurd losses in a row: back to the running average, with new moments', flush=True)
            model.load_state_dict(average)
            optimiser.state.clear()
            in_a_row = 0
        step += 1
        if kept is None:
            kept = [average[k] for k in model.state_dict()]
        if in_a_row == 0:
            with torch.no_grad():
                torch._foreach_lerp_(kept, weights, 1 - min(t['ema'], (1 + step) / (10 + step)))
        losses.append(loss.detach())
        stop = stop or args.seconds is not None and time.time() - BORN > args.seconds
        if step % args.every == 0 or step == last or stop:
            seen = torch.stack(losses).float().cpu().numpy()
            about = dict(step=step, rate=t['rate'] * share, loss=round(float(np.mean(seen)), 5), median=round(float(np.median(seen)), 5))
            about.update(worst=round(float(np.max(seen)), 3), skipped=skipped, perStep=round((time.time() - started) / len(losses), 4))
            row = dict(**about, minutes=round(time.time() / 60, 2), **with_weights(model, average, errors))
            print(json.dumps(row), file=log, flush=True)
            print(name, row, flush=True)
            refresh()
            started, losses = time.time(), []
        if time.time() - saved_at > 120:
            save()
            saved_at = time.time()
    save()
    print(f'{name}: step {step}: saved {path}', flush=True)
