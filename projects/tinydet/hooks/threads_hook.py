"""Choose the number of CPU threads by timing the first steps.

OpenMP threads wait for each other at the end of every operator. On a free machine two of them
nearly halve a step; beside another job, which takes a core now and then, a step with two threads
has been seen to take 4 to 20 times as long as with one.
"""

from __future__ import annotations

import os
import time
from statistics import fmean

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from tinydet.registry import HOOKS

REPEATS = 3  # timed steps a candidate, in turn, so that a passing load meets all of them


@HOOKS.register_module()
class ThreadsHook(Hook):
    """Time the first steps of each epoch with fewer and fewer threads and keep the fastest number.

    The steps are those of the run itself, so that nothing is computed twice. ``tools/train.py`` and
    ``tools/test.py`` add the hook to every run. The hook does nothing on a GPU, where
    ``OMP_NUM_THREADS`` is set (as torchrun does for several processes), and with
    ``randomness = dict(deterministic=True)``: the number of threads decides in which order sums are
    rounded.
    """

    priority = "VERY_HIGH"  # the first to see the end of a step: other hooks are not timed

    def __init__(self) -> None:
        most = torch.get_num_threads()
        self.candidates = [most >> shift for shift in range(most.bit_length())]  # 8, 4, 2, 1
        self.said: int | None = None

    def before_run(self, runner: Runner) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        on_cpu = next(model.parameters(), torch.empty(0)).device.type == "cpu"
        fixed = "OMP_NUM_THREADS" in os.environ or runner.deterministic
        self.active = on_cpu and not fixed and len(self.candidates) > 1

    def _before_epoch(self, runner: Runner, mode: str = "train") -> None:
        self.seconds: dict[int, list[float]] = {number: [] for number in self.candidates}
        self.choice: int | None = None

    def _before_iter(self, runner: Runner, batch_idx: int, data_batch=None, mode="train") -> None:
        if self.active and batch_idx <= REPEATS * len(self.candidates):
            # Step 0 is not counted: memory is allocated and kernels are chosen in it.
            self.trial = self.candidates[(batch_idx - 1) % len(self.candidates)]
            torch.set_num_threads(self.trial)
            self.start = time.perf_counter()

    def _after_iter(
        self, runner: Runner, batch_idx: int, data_batch=None, outputs=None, mode="train"
    ) -> None:
        last = REPEATS * len(self.candidates)
        if not self.active or batch_idx == 0 or batch_idx > last:
            return
        self.seconds[self.trial].append(time.perf_counter() - self.start)
        if batch_idx == last:
            self._choose(runner, mode)

    def _after_epoch(self, runner: Runner, mode: str = "train") -> None:
        if self.active and self.choice is None:  # an epoch shorter than the trial
            torch.set_num_threads(self.candidates[0])

    def _choose(self, runner: Runner, mode: str) -> None:
        mean = {number: fmean(seconds) for number, seconds in self.seconds.items()}
        self.choice = min(mean, key=mean.__getitem__)
        torch.set_num_threads(self.choice)
        if self.choice != self.said:
            self.said = self.choice
            times = ", ".join(f"{number}: {value:.2f} s" for number, value in mean.items())
            runner.logger.info(
                f"CPU threads: {self.choice} (a {mode} step takes with {times}); OMP_NUM_THREADS=N fixes "
                "the number, and with it the order in which sums are rounded"
            )
