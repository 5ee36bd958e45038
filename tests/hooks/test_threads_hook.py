"""The number of CPU threads: the faster one is kept, and only where nobody chose another."""

import types

import pytest
import torch
from torch import nn

from tinydet.hooks import threads_hook
from tinydet.hooks.threads_hook import ThreadsHook


class Machine:
    """A clock and a number of threads; a step takes as long as ``cost`` says for that number."""

    def __init__(self, cost):
        self.now, self.threads, self.cost = 0.0, max(cost), cost

    def step(self):
        self.now += self.cost[self.threads]


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    def make(cost):
        machine = Machine(cost)
        monkeypatch.setattr(torch, "get_num_threads", lambda: machine.threads)
        monkeypatch.setattr(torch, "set_num_threads", lambda n: setattr(machine, "threads", n))
        monkeypatch.setattr(threads_hook.time, "perf_counter", lambda: machine.now)
        return machine

    return make


class Log(list):
    info = list.append


def runner(deterministic=False):
    return types.SimpleNamespace(
        model=nn.Linear(1, 1), deterministic=deterministic, logger=Log(), epoch=0
    )


def run(hook, run_of, machine, steps, epochs=1):
    """Go through the hook points of a training as mmengine's loop does; return threads a step."""
    used = []
    for _ in range(epochs):
        hook.before_train_epoch(run_of)
        for index in range(steps):
            hook.before_train_iter(run_of, index)
            used.append(machine.threads)
            machine.step()
            hook.after_train_iter(run_of, index)
        hook.after_train_epoch(run_of)
        run_of.epoch += 1
    return used


@pytest.mark.parametrize(
    ("cost", "trial", "expected"),
    [
        ({1: 0.8, 2: 0.9}, [1, 2, 1, 2, 1, 2], 1),
        ({1: 0.8, 2: 0.6}, [1, 2, 1, 2, 1, 2], 2),
        ({1: 0.8, 2: 40.0}, [1, 2], 1),  # one step tells enough
        ({1: 8.0, 3: 2.5, 6: 2.0}, [1, 3, 6, 3, 6, 3, 6], 6),
    ],
)
def test_the_fastest_number_stays_and_is_said_once(machine, cost, trial, expected):
    machine, run_of = machine(cost), runner()
    used = run(ThreadsHook(), run_of, machine, steps=len(trial) + 5, epochs=2)
    assert used == 2 * [min(cost), *trial, *[expected] * 4]
    (said,) = run_of.logger
    assert said.startswith(f"CPU threads: {expected} (time of a train step with ")
    assert all(f"{number}: {seconds:.2f} s" in said for number, seconds in cost.items())


def test_a_machine_that_becomes_busy_is_noticed_in_a_later_epoch(machine):
    machine, run_of, hook = machine({1: 0.8, 2: 0.5}), runner(), ThreadsHook()
    assert run(hook, run_of, machine, 10)[-1] == 2
    machine.cost = {1: 0.9, 2: 4.0}
    assert run(hook, run_of, machine, 10)[-1] == 1
    assert len(run_of.logger) == 2


def test_trials_become_rare(machine):
    machine, run_of = machine({1: 0.8, 2: 2.0}), runner()
    used = run(ThreadsHook(), run_of, machine, steps=10, epochs=16)
    tried = [epoch for epoch in range(16) if 2 in used[epoch * 10 + 1 : epoch * 10 + 10]]
    assert [epoch + 1 for epoch in tried] == [1, 2, 4, 8, 16]


def test_an_epoch_shorter_than_the_trial_leaves_all_threads(machine):
    machine, run_of = machine({1: 0.8, 2: 0.9}), runner()
    run(ThreadsHook(), run_of, machine, steps=4)
    assert machine.threads == 2
    assert run_of.logger == []


def test_a_choice_of_the_users_stays(machine, monkeypatch):
    machine = machine({1: 0.8, 2: 3.0})
    assert set(run(ThreadsHook(), runner(deterministic=True), machine, 10)) == {2}
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert set(run(ThreadsHook(), runner(), machine, 10)) == {2}


def test_on_a_gpu_nothing_is_tried(machine):
    machine, run_of = machine({1: 0.8, 2: 3.0}), runner()
    run_of.model = nn.Linear(1, 1, device="meta")  # any device but the CPU
    assert set(run(ThreadsHook(), run_of, machine, 10)) == {2}
