"""Two processes with batches of their own end an epoch with one model, saved and validated."""

import json
import subprocess
import sys

PROCESS = """
import json, sys, torch
from types import SimpleNamespace
from mmengine.hooks import EMAHook
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import HOOKS
import tinydet

rank, folder = int(sys.argv[1]), sys.argv[2]
torch.distributed.init_process_group(
    "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2
)
norm = torch.nn.BatchNorm1d(1, momentum=0.5)
ema = EMAHook(update_buffers=True, momentum=0.5)
hook = HOOKS.build(dict(type="tinydet.SyncBuffersHook"))
model = MMDistributedDataParallel(norm, broadcast_buffers=False)  # as mmengine's runner wraps it
runner = SimpleNamespace(model=model, hooks=[ema, hook], iter=0, epoch=0)
ema.before_run(runner)
runner.model(torch.tensor([[2.0], [4.0]]) * (rank + 1))  # means of the batches 3 and 6
ema.after_train_iter(runner, 0)
runner.iter = 1
runner.model(torch.tensor([[2.0], [4.0]]) * (rank + 1))
ema.after_train_iter(runner, 1)
before = norm.running_mean.item()
hook.after_train_epoch(runner)
of_ema = ema.ema_model.module
print(json.dumps([before, norm.running_mean.item(), of_ema.running_mean.item(),
                  norm.running_var.item(), of_ema.running_var.item()]))
"""


def test_statistics_of_the_model_and_of_its_moving_average(tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(rank), str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    printed = [process.communicate(timeout=120)[0] for process in processes]
    first, second = (json.loads(text.splitlines()[-1]) for text in printed)
    # By halves from 0 to 3, and to 6.
    assert (first[0], second[0]) == (2.25, 4.5)
    assert first[1:] == second[1:]
    # The moving average takes the first step whole and half of the second: 1.875, 3.75.
    assert first[1:3] == [(2.25 + 4.5) / 2, (1.875 + 3.75) / 2]
