"""Choose the number of CPU threads by timing the first steps.

OpenMP threads wait for each other at the end of every operator. On a free machine two of them
nearly halve a step; beside other jobs, which take a core now and then, a step with two threads has
been seen to take 4 to 20 times as long as with one.
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

REPEATS = 3  # timed steps a candidate, in turn, so that a passing load meets all of them
HOPELESS = 1.5  # a step that takes this many times the best mean ends its candidate's trial


@HOOKS.register_module()
class ThreadsHook(Hook):
    """Time the first steps of a run with 1, 2, 4, ... threads and keep the fastest number.

    The steps are those of the run itself, so that nothing is computed twice. A training tries again
    at the start of epochs 2, 4, 8, ..., because a machine becomes busy or free.

    The hook does nothing on a GPU, where ``OMP_NUM_THREADS`` is set (as torchrun does for several
    processes), and with ``randomness = dict(deterministic=True)``: the number of threads decides in
    which order sums are rounded.
    """

    priority = "VERY_HIGH"  # the first to see the end of a step: other hooks are not timed

    def __init__(self) -> None:
        self.most = torch.get_num_threads()
        self.left: deque[int] = deque()  # candidates of the trial that goes on, the next one first
        self.said: int | None = None

    def before_train_epoch(self, runner: Runner) -> None:
        number = runner.epoch + 1
        if number & (number - 1) == 0 or self.said is None:
            self._begin(runner)

    def before_test_epoch(self, runner: Runner) -> None:
        self._begin(runner)

    def _begin(self, runner: Runner) -> None:
        model = unwrapped(runner.model)
        on_cpu = next(model.parameters(), torch.empty(0)).device.type == "cpu"
        if on_cpu and "OMP_NUM_THREADS" not in os.environ and not runner.deterministic:
            shifts = reversed(range(self.most.bit_length()))
            self.left = deque(self.most >> shift for shift in shifts)
            self.seconds: dict[int, list[float]] = {number: [] for number in self.left}

    def _before_iter(self, runner: Runner, batch_idx: int, data_batch=None, mode="train") -> None:
        if self.left:
            torch.set_num_threads(self.left[0])
            self.start = time.perf_counter()

    def _after_iter(
        self, runner: Runner, batch_idx: int, data_batch=None, outputs=None, mode="train"
    ) -> None:
        if not self.left or batch_idx == 0:  # the first allocates memory and chooses kernels
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
        if best != self.said and len(mean) > 1:
            times = ", ".join(f"{number}: {value:.2f} s" for number, value in mean.items())
            runner.logger.info(
                f"CPU threads: {best} (a {mode} step takes with {times}); OMP_NUM_THREADS=N fixes "
                "the number, and with it the order in which sums are rounded"
            )
        self.said = best

    def _after_epoch(self, runner: Runner, mode: str = "train") -> None:
        if self.left:  # an epoch shorter than the trial
            self.left.clear()
            torch.set_num_threads(self.said or self.most)
