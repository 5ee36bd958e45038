"""Choose the number of CPU threads by timing the first steps.

OpenMP threads wait for each other at the end of every operator. On an idle machine, two threads
nearly halve the time of a step. Beside other jobs that occasionally take a core, a step with two
threads has taken 4 to 20 times as long as with one.
"""

from __future__ import annotations

import os
import time
from collections import deque
from statistics import fmean

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from tinydet.checkpoints import unwrapped
from tinydet.registry import HOOKS

REPEATS = 3  # timed steps per candidate, interleaved so that a short load affects all candidates
HOPELESS = 1.5  # candidates whose mean exceeds this multiple of the best mean are dropped


@HOOKS.register_module()
class ThreadsHook(Hook):
    """Time the first steps of a run with 1, 2, 4, ... threads and keep the fastest number.

    The timed steps are steps of the run, so nothing is computed twice. A training repeats the trial
    at the start of epochs 2, 4, 8, ..., because the load of the machine changes.

    The hook is inactive on a GPU; if ``OMP_NUM_THREADS`` is set, as torchrun does for several
    processes; and with ``randomness = dict(deterministic=True)``, because the number of threads
    changes the order in which sums are rounded.
    """

    priority = "VERY_HIGH"  # runs first after a step, so that other hooks are not timed

    def __init__(self) -> None:
        self.maximum = torch.get_num_threads()
        self.left: deque[int] = deque()  # candidates of the current trial, the next one first
        self.chosen: int | None = None

    def before_train_epoch(self, runner: Runner) -> None:
        number = runner.epoch + 1
        if number & (number - 1) == 0 or self.chosen is None:
            self._begin(runner)

    def before_test_epoch(self, runner: Runner) -> None:
        self._begin(runner)

    def _begin(self, runner: Runner) -> None:
        model = unwrapped(runner.model)
        on_cpu = next(model.parameters(), torch.empty(0)).device.type == "cpu"
        if on_cpu and "OMP_NUM_THREADS" not in os.environ and not runner.deterministic:
            shifts = reversed(range(self.maximum.bit_length()))
            self.left = deque(self.maximum >> shift for shift in shifts)
            self.seconds: dict[int, list[float]] = {number: [] for number in self.left}

    def _before_iter(self, runner: Runner, batch_idx: int, data_batch=None, mode="train") -> None:
        if self.left:
            torch.set_num_threads(self.left[0])
            self.start = time.perf_counter()

    def _after_iter(
        self, runner: Runner, batch_idx: int, data_batch=None, outputs=None, mode="train"
    ) -> None:
        if (
            not self.left or batch_idx == 0
        ):  # the first step also allocates memory and selects kernels
            return
        self.seconds[self.left[0]].append(time.perf_counter() - self.start)
        self.left.rotate(-1)
        mean = {number: fmean(steps) for number, steps in self.seconds.items() if steps}
        best = min(mean, key=mean.__getitem__)
        self.left = deque(n for n in self.left if mean.get(n, 0) <= HOPELESS * mean[best])
        if len(self.left) == 1 or all(len(self.seconds[n]) >= REPEATS for n in self.left):
            self._choose(runner, mode, best, mean)

    def _choose(self, runner: Runner, mode: str, best: int, mean: dict[int, float]) -> None:
        self.left.clear()
        torch.set_num_threads(best)
        if best != self.chosen and len(mean) > 1:
            times = ", ".join(f"{number}: {value:.2f} s" for number, value in mean.items())
            runner.logger.info(
                f"CPU threads: {best} (time of a {mode} step with {times}); OMP_NUM_THREADS=N "
                "fixes the number, and with it the order in which sums are rounded"
            )
        self.chosen = best

    def _after_epoch(self, runner: Runner, mode: str = "train") -> None:
        if self.left:  # an epoch shorter than the trial
            self.left.clear()
            torch.set_num_threads(self.chosen or self.maximum)
