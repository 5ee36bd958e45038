"""Two processes with batches of their own end an epoch with one model, saved and validated."""

import json
from types import SimpleNamespace

import torch
from mmengine.hooks import EMAHook
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import HOOKS
from two_processes import in_two_processes


def train_two_steps(rank):
    torch.distributed.init_process_group("gloo")
    norm = torch.nn.BatchNorm1d(1, momentum=0.5)
    ema = EMAHook(update_buffers=True, momentum=0.5)
    hook = HOOKS.build(dict(type="tinydet.SyncBuffersHook"))
    # As mmengine's runner wraps it.
    model = MMDistributedDataParallel(norm, broadcast_buffers=False)
    runner = SimpleNamespace(model=model, hooks=[ema, hook], iter=0, epoch=0)
    ema.before_run(runner)
    for step in (0, 1):
        runner.iter = step
        runner.model(torch.tensor([[2.0], [4.0]]) * (rank + 1))  # means of the batches 3 and 6
        ema.after_train_iter(runner, step)
    before = norm.running_mean.item()
    hook.after_train_epoch(runner)
    of_ema = ema.ema_model.module
    means = [norm.running_mean.item(), of_ema.running_mean.item()]
    print(json.dumps([before, *means, norm.running_var.item(), of_ema.running_var.item()]))


def test_statistics_of_the_model_and_of_its_moving_average(tmp_path):
    printed, _ = in_two_processes(train_two_steps, tmp_path)
    first, second = (json.loads(text.splitlines()[-1]) for text in printed)
    # By halves from 0 to 3, and to 6.
    assert (first[0], second[0]) == (2.25, 4.5)
    assert first[1:] == second[1:]
    # The moving average takes the first step whole and half of the second: 1.875, 3.75.
    assert first[1:3] == [(2.25 + 4.5) / 2, (1.875 + 3.75) / 2]
