"""Our results: ``results.csv`` in each folder of configs, one row per run.

A run is a config, options that differ from the config, and a seed. An empty cell was not measured.
The cell is -1 where the test set has no object in the range, as the protocols define.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tinydet.errors import InputError
from tinydet.tables.cells import as_number, read_cells

KEY = ("config", "options", "seed")
NUMBERS = ("AP", "AP50", "AP75", "APvt", "APt", "APs", "APm", "APl", "oLRP")  # in per cent
# The conditions under which two results can be compared.
CONDITIONS = (
    *("data", "split", "ann_file", "protocol", "max_dets", "ignore"),
    *("input", "epochs", "batch", "gpus", "gpu", "torch", "hours"),
    *("parameters_m", "gflops", "checkpoint", "commit", "date", "source"),
)
COLUMNS = (*KEY, *NUMBERS, "per_class", *CONDITIONS)


@dataclass(frozen=True)
class Result:
    """The result of one run.

    Attributes:
        config: Path below the folder of the configs.
        seed: Seed of the training.
        options: ``KEY=VALUE ...`` that differ from the config; empty in the runs of a table.
        numbers: ``{name: per cent}`` with names from ``NUMBERS``.
        per_class: ``{class: AP in per cent}``.
        conditions: ``{name: text}`` with names from ``CONDITIONS``.
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
        """Return the cells of the run's row."""
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
        root: Usually the folder of the configs: ``sarl/ablations/x.py`` is recorded in
            ``sarl/results.csv``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, config: str) -> Path:
        """Return the file with the results of a config."""
        folder = Path(config).parts[0] if len(Path(config).parts) > 1 else ""
        return self.root / folder / "results.csv"

    def of(self, config: str) -> list[Result]:
        """Return the runs of one config, sorted by options and seed."""
        return [result for result in read_results(self.path(config)) if result.config == config]

    def has(self, config: str, options: str, seed: int) -> bool:
        """Return whether a run is recorded."""
        return any(result.key == (config, options, seed) for result in self.of(config))


def read_results(path: Path) -> list[Result]:
    """Read a ``results.csv``; a missing file has no results.

    Raises:
        InputError: :func:`read_cells` refuses the file; a column of ``COLUMNS`` is missing; a cell
            is not a number, or not per cent; a run has two rows.
    """
    if not path.is_file():
        return []
    columns, rows = read_cells(path)
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise InputError(
            f"{path}, which tools/tables/run.py writes, lacks the columns {', '.join(missing)}; "
            "restore the file, or move it away"
        )
    results: dict[tuple, Result] = {}
    for line, cells in rows:
        result = _parse(cells, path, line)
        if result.key in results:
            raise InputError(
                f"{path}, line {line}: {result.config} with seed {result.seed} is recorded "
                "twice; delete one of the two lines"
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
