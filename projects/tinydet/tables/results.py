"""What was measured here: ``results.csv``, a row a run, one file a folder of configs.

A run is a config, the options that differ from it, and a seed. An empty cell is a number nobody
measured; -1 one that the protocol defines so, because there is no ground truth in its range.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tinydet.errors import InputError
from tinydet.tables.cells import as_number, read_cells
from tinydet.tables.files import locked, write_whole

KEY = ("config", "options", "seed")
NUMBERS = ("AP", "AP50", "AP75", "APvt", "APt", "APs", "APm", "APl", "oLRP")  # in per cent
# What a result must carry to be compared with another one.
CONDITIONS = (
    *("data", "split", "ann_file", "protocol", "max_dets", "ignore"),
    *("input", "epochs", "batch", "gpus", "gpu", "torch", "hours"),
    *("parameters_m", "gflops", "checkpoint", "commit", "date", "source"),
)
COLUMNS = (*KEY, *NUMBERS, "per_class", *CONDITIONS)


@dataclass(frozen=True)
class Result:
    """One run, trained and tested.

    Attributes:
        config: Path below the folder of the configs.
        seed: Of the training.
        options: ``KEY=VALUE ...`` by which the run differs from its config; empty for a table.
        numbers: ``{name: per cent}``, a name of ``NUMBERS``.
        per_class: ``{class: AP in per cent}``.
        conditions: ``{name: text}``, a name of ``CONDITIONS``.
    """

    config: str
    seed: int
    options: str = ""
    numbers: dict[str, float] = field(default_factory=dict)
    per_class: dict[str, float] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, int]:
        return self.config, self.options, self.seed

    def cells(self) -> dict[str, str]:
        """Return the row of the file."""
        classes = "; ".join(f"{name}={_percent(value)}" for name, value in self.per_class.items())
        return {
            "config": self.config,
            "options": self.options,
            "seed": str(self.seed),
            **{name: _percent(value) for name, value in self.numbers.items()},
            "per_class": classes,
            **self.conditions,
        }


def _percent(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


class ResultStore:
    """The ``results.csv`` files below a folder.

    Args:
        root: Usually the folder of the configs itself: ``sarl/ablations/x.py`` is recorded in
            ``sarl/results.csv``, beside the configs that it stands with.
        lock: Lock file that every writer of ``root`` takes.
    """

    def __init__(self, root: Path, lock: Path | None = None) -> None:
        self.root = root
        self.lock = lock

    def path(self, config: str) -> Path:
        """Return the file that a config is recorded in."""
        folder = Path(config).parts[0] if len(Path(config).parts) > 1 else ""
        return self.root / folder / "results.csv"

    def of(self, config: str) -> list[Result]:
        """Return the runs of one config, sorted by options and seed."""
        return [result for result in read_results(self.path(config)) if result.config == config]

    def has(self, config: str, options: str, seed: int) -> bool:
        """Say whether a run is recorded."""
        return any(result.key == (config, options, seed) for result in self.of(config))

    def record(self, result: Result) -> None:
        """Add a run, or replace it: the file changes in one step or not at all."""
        if self.lock is None:
            raise ValueError("a ResultStore needs a lock file to be written to")
        path = self.path(result.config)
        with locked(self.lock):
            others = [other for other in read_results(path) if other.key != result.key]
            write_whole(path, _as_csv([*others, result]))


def _as_csv(results: Iterable[Result]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(result.cells() for result in sorted(results, key=lambda result: result.key))
    return text.getvalue()


def read_results(path: Path) -> list[Result]:
    """Read a ``results.csv``; no file is no results.

    Raises:
        InputError: What :func:`read_cells` refuses; a column of ``COLUMNS`` is missing; a number is
            none, or not per cent; two rows of one run.
    """
    if not path.is_file():
        return []
    columns, rows = read_cells(path)
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise InputError(
            f"{path} lacks the columns {', '.join(missing)}; it is written by "
            "tools/tables/run.py: restore it, or move it away"
        )
    results: dict[tuple, Result] = {}
    for line, cells in rows:
        result = _parse(cells, path, line)
        if result.key in results:
            raise InputError(
                f"{path}, line {line}: {result.config} with seed {result.seed} stands there twice; "
                "delete one of the two"
            )
        results[result.key] = result
    return list(results.values())


def _parse(cells: dict[str, str], path: Path, line: int) -> Result:
    try:
        classes = (pair.rsplit("=", 1) for pair in cells["per_class"].split("; ") if pair)
        return Result(
            config=cells["config"],
            seed=int(cells["seed"]),
            options=cells["options"],
            numbers={name: _read_percent(cells[name]) for name in NUMBERS if cells[name]},
            per_class={name: _read_percent(value) for name, value in classes},
            conditions={name: cells[name] for name in CONDITIONS},
        )
    except ValueError as error:
        raise InputError(f"{path}, line {line}: {error}; correct or delete the line") from None


def _read_percent(text: str) -> float:
    value = as_number(text)
    if value != -1 and not 0 <= value <= 100:
        raise ValueError(f"{text} is neither per cent nor -1")
    return value
