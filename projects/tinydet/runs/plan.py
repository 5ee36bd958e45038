"""The runs that a table asks for."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import DictAction

from tinydet.tables.published import Row


@dataclass(frozen=True)
class Run:
    """A config to train and test once.

    Attributes:
        config: Path below the folder of the configs.
        seed: Seed of the training.
        options: ``KEY=VALUE`` words to merge over the config.
        row: First row of the table with this config and these options.
        rows: Names of all rows with this config and these options.
    """

    config: str
    seed: int
    options: tuple[str, ...]
    row: Row
    rows: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{' = '.join(self.rows)}, seed {self.seed}"

    @property
    def options_text(self) -> str:
        return " ".join(self.options)

    def folder(self, work: Path) -> Path:
        """Return the work folder; a hash of the options keeps runs with options apart."""
        name = Path(self.config).with_suffix("")
        if self.options:
            name = name / hashlib.sha256(self.options_text.encode()).hexdigest()[:8]
        return work / name / f"seed_{self.seed}"

    def parsed_options(self) -> dict:
        """Return the options as ``--cfg-options`` of the tools parses them."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--options", nargs="*", action=DictAction, default={})
        return parser.parse_args(["--options", *self.options]).options


def plan(rows: Sequence[Row], seeds: int, options: Sequence[str] = ()) -> list[Run]:
    """Return the runs of the rows that have a config, one per config, options and seed.

    The runs are ordered by seed: the whole table is run with one seed before any row is repeated.

    Args:
        rows: Rows of a table.
        seeds: Seeds from 0.
        options: ``KEY=VALUE`` words for all runs, beside those of the rows.
    """
    alike: dict[tuple[str, tuple[str, ...]], list[Row]] = {}
    for row in rows:
        if row.config:
            alike.setdefault((row.config, (*row.options, *options)), []).append(row)
    return [
        Run(config, seed, tuple(sorted(own)), same[0], tuple(row.name for row in same))
        for seed in range(seeds)
        for (config, own), same in alike.items()
    ]
