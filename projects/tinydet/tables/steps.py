"""Seconds of a training step of each row beside its baseline: ``evidence/steps.csv``.

``benchmarks/evidence.py`` measures and records them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from tinydet.errors import InputError
from tinydet.tables.cells import as_number, check_columns, read_cells, write_cells
from tinydet.tables.published import Row, Table


@dataclass(frozen=True)
class Step:
    """A training step of a config: pictures read, forward, losses, backward, optimizer.

    Attributes:
        config: Path below the configs.
        host: Config of the baseline; ``config`` itself for a row without one.
        seconds: CPU seconds of one thread, median over the rounds.
        ratio: Median over the rounds of ``config / host``; 1 for the host.
        low: Lower quartile of the ratio.
        high: Its upper quartile.
    """

    config: str
    host: str
    seconds: float
    ratio: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """Seconds, and the ratio to the host: ``1.52 (1.04)``."""
        ratio = "" if self.config == self.host else f" ({self.ratio:.2f})"
        return f"{self.seconds:.2f}{ratio}"


COLUMNS = tuple(field.name for field in fields(Step))


def pair_of(row: Row, table: Table) -> tuple[str, str]:
    """Return the configs of a row and of its baseline."""
    hosts = {other.name: other.config for other in table.rows}
    return row.config, hosts.get(row.baseline, row.config)


def read_steps(path: Path) -> dict[tuple[str, str], Step]:
    """Read a file of :func:`write_steps` as ``{(config, host): step}``; a missing file has none.

    Raises:
        InputError: :func:`tinydet.tables.cells.read_cells` refuses the file, a column lacks, or a
            cell is not a number.
    """
    if not path.is_file():
        return {}
    columns, rows = read_cells(path)
    check_columns(path, columns, COLUMNS, "write the file anew")
    found = {}
    for line, cells in rows:
        try:
            numbers = [as_number(cells[name]) for name in COLUMNS[2:]]
        except ValueError as error:
            raise InputError(f"{path}, line {line}: {error}; correct it") from None
        pair = (cells["config"], cells["host"])
        found[pair] = Step(*pair, *numbers)
    return found


def write_steps(path: Path, steps: Sequence[Step]) -> None:
    """Write steps in place of their older ones; other rows keep theirs."""
    kept = read_steps(path) | {(step.config, step.host): step for step in steps}
    write_cells(path, COLUMNS, (astuple(kept[pair]) for pair in sorted(kept)))
