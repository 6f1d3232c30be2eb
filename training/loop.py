"""What the trainings share: the rate's course, moving averages, checkpoints, the log.

The rate is constant after a warm-up, so that a training may go on for as long as there is time; `--decay N` then ends it with N
steps of a rate that falls to nothing. The state is saved every few minutes and on SIGTERM, and the same command goes on from it.
What a step sees depends on the seed and its number alone.
"""
import argparse
import json
import os
import signal
import time
import numpy as np
import torch


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config')
    parser.add_argument('--work', required=True, help='folder of data, checkpoints and log')
    parser.add_argument('--steps', type=int, default=10**9, help='stop at this step')
    parser.add_argument('--decay', type=int, default=0, help='let the rate fall to nothing over so many steps, from where the training stands')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--name', default=None)
    parser.add_argument('--every', type=int, default=500, help='steps between validations')
    return parser.parse_args()


def with_weights(model, weights, work):
    """work() while the model has other weights."""
    current = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(weights)
    try:
        with torch.no_grad():
            return work()
    finally:
        model.load_state_dict(current)


def train(model, name, t, args, loss_of, errors, absurd):
    """Train `model`, with the settings `t` of a configuration.

    loss_of(step): the loss of one step. errors(): rows of validation errors of the model as it stands. `absurd`: a loss above which a
    step teaches nothing: now and then a bfloat16 convolution of the CPU gives a number that is none of the model's.
    """
    path = os.path.join(args.work, f'{name}.pt')
    log = open(os.path.join(args.work, f'{name}.jsonl'), 'a')
    average = {k: v.clone() for k, v in model.state_dict().items()}
    optimiser = torch.optim.AdamW(model.parameters(), lr=t['rate'], betas=(0.9, 0.99), weight_decay=t.get('weightDecay', 0.0))
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

    stop = False

    def asked_to_stop(*_):
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, asked_to_stop)
    signal.signal(signal.SIGINT, asked_to_stop)

    saved_at, busy, losses, skipped = time.time(), 0.0, [], 0
    while step < last and not stop:
        started = time.time()
        loss = loss_of(step)
        rate = t['rate'] * min(1, (step + 1) / t['warmup'])
        if decay_from is not None:
            rate *= max(0.0, 1 - (step - decay_from) / (last - decay_from))
        for group in optimiser.param_groups:
            group['lr'] = rate
        if loss.item() < absurd:
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        else:
            skipped += 1
        step += 1
        keep = min(t['ema'], (1 + step) / (10 + step))
        with torch.no_grad():
            for k, v in model.state_dict().items():
                average[k].lerp_(v, 1 - keep)
        losses.append(loss.item())
        busy += time.time() - started
        if step % args.every == 0 or step == last or stop:
            about = dict(step=step, rate=rate, loss=round(float(np.mean(losses)), 5), median=round(float(np.median(losses)), 5))
            about.update(worst=round(float(np.max(losses)), 3), skipped=skipped, perStep=round(busy / len(losses), 4), minutes=round(time.time() / 60, 2))
            row = dict(**about, **with_weights(model, average, errors))
            print(json.dumps(row), file=log, flush=True)
            print(row, flush=True)
            busy, losses = 0.0, []
        if time.time() - saved_at > 120:
            save()
            saved_at = time.time()
    save()
    print(f'step {step}: saved {path}', flush=True)
