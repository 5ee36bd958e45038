"""Which runs a table asks for."""

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
    """A config to be trained and tested once.

    Attributes:
        config: Path below the folder of the configs.
        seed: Of the training.
        options: ``KEY=VALUE`` words that are merged over the config.
        row: First row of the table that the config stands for.
        rows: Names of all of them.
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
        """Return the work folder; runs with options have one of their own."""
        name = Path(self.config).with_suffix("")
        if self.options:
            name = name / hashlib.sha256(self.options_text.encode()).hexdigest()[:8]
        return work / name / f"seed_{self.seed}"

    def parsed_options(self) -> dict:
        """Return the options as ``--cfg-options`` of the tools understands them."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--options", nargs="*", action=DictAction, default={})
        return parser.parse_args(["--options", *self.options]).options


def plan(rows: Sequence[Row], seeds: int, options: Sequence[str] = ()) -> list[Run]:
    """Return the runs of the rows that have a config, each config once.

    Seed by seed: a whole table with one seed comes before a second number for its first row.
    """
    by_config: dict[str, list[Row]] = {}
    for row in rows:
        if row.config:
            by_config.setdefault(row.config, []).append(row)
    return [
        Run(config, seed, tuple(sorted(options)), same[0], tuple(row.name for row in same))
        for seed in range(seeds)
        for config, same in by_config.items()
    ]
