#!/usr/bin/env python
"""A training step of each row of a table beside its baseline, on the row's own pictures.

python benchmarks/evidence.py evidence
python benchmarks/evidence.py evidence_screening --rows SPD-Conv "NWD loss" --rounds 12
python benchmarks/evidence.py recipe --record configs/evidence

A round takes one step of the row and one of its baseline in turn, and a ratio is the median over
the rounds of "row / baseline" within a round. A step reads the pictures of a batch, and has
forward, losses, backward and the optimizer, in CPU seconds of one thread. The data set must be
there, as for a training; pretrained weights are not read. A network whose pictures grow in its
last epochs is measured as in the first.

--record DIR writes DIR/steps.csv, which tools/tables/show.py puts into the tables.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import torch
from layers import CONFIGS, in_turn, quartiles
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from tables import parse_checked, print_cells, print_heading

import tinydet  # noqa: F401  (its compat lets mmyolo be imported)
from tinydet.analysis.complexity.subject import build_fresh
from tinydet.configuration import load_config
from tinydet.errors import reported
from tinydet.tables.published import read_table
from tinydet.tables.steps import Step, pair_of, write_steps

HEAD = ["row", "step, s", "to the baseline's", "quartiles"]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="name of a CSV in configs/tables")
    parser.add_argument("--rows", nargs="+", metavar="ROW", help="default: all")
    parser.add_argument("--rounds", type=int, default=8, help="timed rounds, at least 2")
    parser.add_argument("--record", type=Path, metavar="DIR", help="usually configs/evidence")
    return parse_checked(parser, argv)


def endless(loader: Iterable[dict]) -> Iterator[dict]:
    """Yield the batches of one epoch after the other."""
    while True:
        yield from loader


def training_step(path: str) -> Callable[[], object]:
    """Return a function that trains a config's network on its next batch."""
    config = load_config(CONFIGS / path)
    init_default_scope(config.default_scope)
    loader = config.train_dataloader
    loader.update(num_workers=0, persistent_workers=False)
    loader.pop("prefetch_factor", None)
    batches = endless(Runner.build_dataloader(loader, seed=0))
    torch.manual_seed(0)
    network = build_fresh(config).train()
    optimizer = build_optim_wrapper(network, config.optim_wrapper)
    return lambda: network.train_step(next(batches), optimizer)


def measure(config: str, host: str, rounds: int) -> Step:
    """Measure a config in turn with its host, or alone where it is its own."""
    seconds = in_turn({path: training_step(path) for path in {config: 0, host: 0}}, rounds)
    low, ratio, high = (round(value, 3) for value in quartiles(seconds[config], seconds[host]))
    return Step(config, host, round(statistics.median(seconds[config]), 4), ratio, low, high)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    torch.set_num_threads(1)
    MMLogger.get_instance("mmengine", log_level="ERROR")
    table = read_table(args.table, CONFIGS)
    done: set[tuple[str, str]] = set()
    print_heading(HEAD)
    for row in table.choose(args.rows):
        pair = pair_of(row, table)
        if pair in done:
            continue  # rows that differ in rate and epochs alone share a step
        done.add(pair)
        step = measure(*pair, args.rounds)
        cells = f"{step.seconds:.2f}", f"{step.ratio:.2f}", f"{step.low:.2f}-{step.high:.2f}"
        print_cells([row.name, *cells])
        if args.record:
            write_steps(args.record / "steps.csv", [step])
    return 0


if __name__ == "__main__":
    sys.exit(main())
