"""Networks of other people on our pictures, beside ours: ``evidence/peers.csv``.

``benchmarks/peers.py`` trains and records them, ``tools/tables/show.py`` writes them into a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tinydet.errors import InputError
from tinydet.tables.cells import as_number, check_columns, read_cells, write_cells
from tinydet.tables.render import plain_table

KEY = ("network", "budget", "settings", "seed")
NUMBERS = ("AP", "AP50", "APvt", "APt", "APs")  # in per cent
TABLE = "peers"  # in curves.csv
GAINS = ("AP", "APvt")  # of which our gain is recorded
HEAD = (
    *("network", "budget", "settings", "seed", *NUMBERS, "person AP"),
    *(f"our {name} minus its" for name in GAINS),
    *("parameters, M", "hours", "machine"),
)


@dataclass(frozen=True)
class PeerRun:
    """One training of such a network, every cell as text.

    Attributes:
        network: Name of its model file.
        budget: ``8 epochs`` or ``0.8 hours``.
        settings: What differs from the other library's ``default``.
        seed: Of the training.
        numbers: ``{name of NUMBERS: per cent}``.
        person: AP of the class, per cent.
        gains: ``{name of GAINS: "+2.1 (+1.0 to +3.2)"}``, ours minus its, with the 95 % interval
            over the pictures; empty where it was not compared.
        epochs: Epochs trained.
        hours: Of the training.
        parameters_m: Parameters in millions.
        library: Name and version.
        machine: Where the training ran.
    """

    network: str
    budget: str
    settings: str
    seed: str
    numbers: dict[str, str]
    person: str
    gains: dict[str, str]
    epochs: str
    hours: str
    parameters_m: str
    library: str
    machine: str

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(getattr(self, name) for name in KEY)

    def cells(self) -> dict[str, str]:
        """Return the cells of the run's row in the file."""
        flat = {name: text for name, text in asdict(self).items() if isinstance(text, str)}
        return flat | self.numbers | {f"gain_{name}": text for name, text in self.gains.items()}


COLUMNS = (
    *(field.name for field in fields(PeerRun) if field.name not in ("numbers", "gains")),
    *NUMBERS,
    *(f"gain_{name}" for name in GAINS),
)


def read_peers(path: Path) -> list[PeerRun]:
    """Read a file of :func:`record_peer`; a missing file has no runs.

    Raises:
        InputError: :func:`tinydet.tables.cells.read_cells` refuses the file, a column lacks, or a
            cell of ``NUMBERS`` is not a number.
    """
    if not path.is_file():
        return []
    columns, rows = read_cells(path)
    check_columns(path, columns, COLUMNS, "restore the file")
    found = []
    for line, cells in rows:
        for name in NUMBERS:
            try:
                as_number(cells[name])
            except ValueError as error:
                raise InputError(f"{path}, line {line}: {name}: {error}; correct it") from None
        plain = {field.name: cells.get(field.name) for field in fields(PeerRun)}
        plain["numbers"] = {name: cells[name] for name in NUMBERS}
        plain["gains"] = {name: cells[f"gain_{name}"] for name in GAINS}
        found.append(PeerRun(**plain))
    return found


def record_peer(path: Path, run: PeerRun) -> None:
    """Write a run into the file, in place of an older one with the same ``KEY``."""
    kept = {other.key: other for other in read_peers(path)} | {run.key: run}
    # By budget, then by AP, the best first.
    order = sorted(kept.values(), key=lambda one: (one.budget, -float(one.numbers["AP"])))
    rows = [[one.cells()[name] for name in COLUMNS] for one in order]
    write_cells(path, COLUMNS, rows)


def markdown(runs: Sequence[PeerRun]) -> str:
    """Return a Markdown table, a row a run."""
    rows = [
        [
            *(*run.key, *(run.numbers[name] for name in NUMBERS), run.person),
            *(run.gains[name] for name in GAINS),
            *(run.parameters_m, run.hours, run.machine),
        ]
        for run in runs
    ]
    return plain_table(HEAD, rows)
