"""A table of our own rows: numbers over the seeds, and the difference from each row's baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from types import MappingProxyType

from markupsafe import Markup
from scipy.special import stdtrit

from tinydet.data_tools import charts
from tinydet.data_tools.page import Section, grid, page, table
from tinydet.tables.curves import Curve
from tinydet.tables.differences import SEEDS, Gain
from tinydet.tables.published import Row, Table
from tinydet.tables.render import mean_and_deviation, plain_table
from tinydet.tables.results import Result, ResultStore
from tinydet.tables.steps import Step, pair_of
from tinydet.tables.terms import results_for

NUMBERS = ("AP", "AP50", "APvt", "APt", "APs")
HEAD = (
    *("row", "seeds", *NUMBERS, "person AP"),
    *("against", "difference of AP", "verdict", "difference of APt"),
)
VERDICTS = (
    *("idea", "against", "difference of AP", "by seed", "by a t-test"),
    *("difference of APt", "verdict"),
)
COSTS = ("parameters, M", "GFLOPs", "step, s", "hours, GPU", "hours, CPU")


@dataclass(frozen=True)
class Line:
    """A row with its results.

    Attributes:
        row: Of the table.
        results: Of its seeds.
        gain: Of AP against the row's baseline; None for a baseline and for what was not compared.
        of_tiny: The same of APt.
        step: A training step, beside one of the baseline; None if it was not measured.
    """

    row: Row
    results: Sequence[Result]
    gain: Gain | None
    of_tiny: Gain | None
    step: Step | None

    def cells(self) -> list[str]:
        """Return the texts of ``HEAD``; a cell that was not measured is empty."""
        measured = [
            mean_and_deviation([r.numbers[name] for r in self.results if name in r.numbers])
            for name in NUMBERS
        ]
        person = [r.per_class["person"] for r in self.results if "person" in r.per_class]
        gain, verdict = "", ""
        if self.gain:
            gain, verdict = self.gain.text, self.gain.verdict
        return [
            *(self.row.name, str(len(self.results) or ""), *measured, mean_and_deviation(person)),
            *(self.row.baseline, gain, verdict, self.of_tiny.text if self.of_tiny else ""),
        ]

    def costs(self) -> list[str]:
        """Return the texts of ``COSTS``."""
        sizes = [_mean(self.results, name) for name in ("parameters_m", "gflops")]
        on_cpu = [r for r in self.results if r.conditions["gpu"] == "CPU"]
        on_gpu = [r for r in self.results if r.conditions["gpu"] not in ("", "CPU")]
        step = self.step.text if self.step else ""
        return [*sizes, step, _mean(on_gpu, "hours"), _mean(on_cpu, "hours")]


def _mean(results: Iterable[Result], condition: str) -> str:
    values = [float(r.conditions[condition]) for r in results if r.conditions[condition]]
    return f"{fmean(values):.2f}" if values else ""


def lines(
    whole: Table,
    store: ResultStore,
    found: Sequence[Gain],
    steps: Mapping[tuple[str, str], Step] = MappingProxyType({}),
) -> list[Line]:
    """Join the rows of a table with their results, gains and steps."""
    gains = {(g.row, g.metric): g for g in found if g.table == whole.name}
    return [
        Line(
            row,
            results_for(row, store.of(row.config))[0],
            gains.get((row.name, "AP")),
            gains.get((row.name, "APt")),
            steps.get(pair_of(row, whole)),
        )
        for row in whole.rows
    ]


def markdown(joined: Sequence[Line]) -> str:
    """Return a Markdown table."""
    return plain_table(HEAD + COSTS, ([*line.cells(), *line.costs()] for line in joined))


def verdicts(joined: Iterable[Line]) -> str:
    """Return a Markdown table of the rows with ``SEEDS`` seeds, by gain of AP, the best first."""
    found = {line.row.name: line for line in joined}
    settled = [line for line in found.values() if line.gain and line.gain.seeds >= SEEDS]
    settled.sort(key=lambda line: -line.gain.gain)
    rows = []
    for line in settled:
        seeds = _by_seed(line.results, found[line.row.baseline].results)
        listed = ", ".join(f"{gain:+.1f}" for gain in seeds)
        of_tiny = line.of_tiny.text if line.of_tiny else ""
        rows.append(
            [
                *(line.row.name, line.row.baseline, line.gain.text, listed, _by_student(seeds)),
                *(of_tiny, line.gain.verdict),
            ]
        )
    return plain_table(VERDICTS, rows)


def _by_seed(own: Iterable[Result], host: Iterable[Result]) -> list[float]:
    """Return the differences of AP of the seeds that both have."""
    hosts = {result.seed: result.numbers["AP"] for result in host}
    pairs = sorted((r.seed, r.numbers["AP"] - hosts[r.seed]) for r in own if r.seed in hosts)
    return [gain for _, gain in pairs]


def _by_student(gains: Sequence[float]) -> str:
    """Return Student's 95 % interval of the mean; empty for fewer than two differences.

    The interval takes the seeds for a sample of all trainings, which the bootstrap cannot with
    three of them, and knows nothing of single images.
    """
    if len(gains) < 2:
        return ""
    mean, error = fmean(gains), stdev(gains) / len(gains) ** 0.5
    half = stdtrit(len(gains) - 1, 0.975) * error
    return f"{mean - half:+.1f} to {mean + half:+.1f}"


def evidence_page(whole: Table, joined: Sequence[Line], curves: Mapping[str, Curve]) -> str:
    """Return a page with the table, the differences and the curves of the trainings.

    Args:
        whole: The table.
        joined: Its rows, of :func:`lines`.
        curves: Mean AP by epoch, of :func:`tinydet.tables.curves.mean_curves`.
    """
    rows = [[_named(line.row), *line.cells()[1:], *line.costs()] for line in joined]
    shown = {line.row.name: line.gain for line in joined if line.gain}
    drawn = []
    if shown:
        ends = {name: (gain.gain, gain.low, gain.high) for name, gain in shown.items()}
        gray = {name for name, gain in shown.items() if gain.verdict == "not shown"}
        drawn.append(charts.intervals("AP minus that of the baseline", ends, "points", gray))
    drawn += [
        charts.curves(f"AP by epoch, mean over the seeds: {host}", some, "epoch")
        for host, some in _by_host(joined, curves).items()
    ]
    note = (
        f"A difference is shown where the interval over images and {SEEDS} seeds excludes 0; "
        "all others are gray."
    )
    parts = [table([*HEAD, *COSTS], rows), *([grid(*drawn)] if drawn else [])]
    return page(f"Evidence: {whole.name}", [Section("Rows", parts, note)], whole.rows[0].source)


def _by_host(joined: Sequence[Line], curves: Mapping[str, Curve]) -> dict[str, dict[str, Curve]]:
    """Group the curves by baseline; one that is no row's, as of a peer, joins the first group."""
    hosts = {line.row.name: line.row.baseline or line.row.name for line in joined}
    first = next(iter(hosts.values()), "")
    found: dict[str, dict[str, Curve]] = {}
    for name in sorted(curves, key=[*hosts, *curves].index):  # the table's order, then the others
        found.setdefault(hosts.get(name, first), {})[name] = curves[name]
    return found


def _named(row: Row) -> Markup:
    """Return a row's name above its config."""
    return Markup('{}<br/><small class="whole">{}</small>').format(row.name, row.config)
