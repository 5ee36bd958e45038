"""Published beside measured: the arithmetic, what is left empty, what is said, the formats."""

import csv
import io
import re

import pytest

from tinydet.errors import InputError
from tinydet.runs.record import record
from tinydet.tables.compare import compare
from tinydet.tables.published import read_table
from tinydet.tables.readme import pages_with, with_blocks
from tinydet.tables.render import FORMATS, as_csv, latex, markdown
from tinydet.tables.results import CONDITIONS, Result, ResultStore

SAID = dict.fromkeys(CONDITIONS, "") | dict(
    data="toy",
    split="val",
    protocol="AI-TOD",
    max_dets="1/100/1500",
    commit="abc",
    torch="2.13.0",
    gpu="H100",
)


@pytest.fixture
def table(tree):
    return read_table(str(tree / "tables/toy.csv"), tree)


@pytest.fixture
def store(tree, tmp_path):
    """Three seeds of row A: AP 20, 22, 27 (mean 23, squared deviations 9 + 1 + 16 = 26)."""
    store = ResultStore(tree)
    for seed, ap in enumerate((20.0, 22.0, 27.0)):
        numbers = dict(AP=ap, AP50=-1.0)
        record(Result("one/a.py", seed, numbers=numbers, conditions=SAID), store)
    record(Result("one/a.py", 0, "lr=1", numbers=dict(AP=99.0), conditions=SAID), store)
    return store


def test_mean_deviation_and_difference(table, store):
    row = compare(table, store).rows[0]
    cell = row.cells["AP"]
    assert (row.seeds, cell.paper, cell.mean) == (3, 21.0, 23.0)
    assert cell.std == pytest.approx((26 / 2) ** 0.5)
    assert cell.difference == pytest.approx(2.0)


def test_one_seed_has_no_deviation_and_no_seed_no_number(table, store):
    record(Result("two/ablations/b.py", 0, numbers=dict(AP=21.5), conditions=SAID), store)
    _, one, none = compare(table, store).rows
    assert (one.cells["AP"].mean, one.cells["AP"].std) == (21.5, None)
    assert (one.cells["AP50"].paper, one.cells["AP50"].difference) == (None, None)
    assert (none.seeds, none.cells["AP"].mean, none.cells["AP"].difference) == (0, None, None)


def test_minus_one_is_no_number_to_compare(table, store):
    report = compare(table, store)
    cell = report.rows[0].cells["AP50"]
    assert (cell.paper, cell.mean, cell.difference) == (50.0, -1.0, None)
    assert "-1: the test set has no ground truth in this range." in report.lines


def test_what_is_said_below(table, store, tree):
    (tree / "two/ablations/b.py").unlink()
    assert compare(table, store).lines[:4] == (
        "Ours: protocol AI-TOD; maxDets 1/100/1500; commit abc; torch 2.13.0; on H100. "
        "The weights of the last epoch.",
        "Not run, the config does not exist: B (two/ablations/b.py).",
        "Not run, C: no config: no code.",
        "Not shown, A: runs with options that differ from the config (1).",
    )
    (tree / "two/ablations/b.py").write_text("")
    lines = compare(table, store).lines
    assert lines[1] == "Not run yet (1 of 3 rows; tools/tables/run.py toy): B."
    assert "B: printed twice." in lines


def test_runs_on_another_split_do_not_stand_for_the_row(table, store):
    record(
        Result("one/a.py", 3, numbers=dict(AP=99.0), conditions=SAID | dict(split="train")),
        store,
    )
    report = compare(table, store)
    assert (report.rows[0].seeds, report.rows[0].cells["AP"].mean) == (3, 23.0)
    assert "Not shown, A: runs on other data than toy val (1)." in report.lines


@pytest.mark.parametrize("term", ["protocol", "max_dets", "ignore", "ann_file"])
def test_seeds_that_were_not_measured_alike_have_no_mean(table, store, term):
    record(Result("one/a.py", 3, numbers=dict(AP=99.0), conditions=SAID | {term: "other"}), store)
    report = compare(table, store)
    assert (report.rows[0].seeds, report.rows[0].cells["AP"].mean) == (0, None)
    assert any(f"Not shown, A: its runs differ in {term} (" in line for line in report.lines)


@pytest.mark.parametrize(
    ("data", "heading", "sentence"),
    [
        ("AI-TOD", "AP,AP50", None),
        ("toy", "AP,APvt", None),
        ("toy", "AP,AP50", None),
        ("COCO 2017", "AP,AP50", "No difference, A: ours by AI-TOD, the paper's by COCO."),
    ],
)
def test_numbers_by_another_protocol_are_not_subtracted(tree, tmp_path, data, heading, sentence):
    path = tree / "tables/toy.csv"
    path.write_text(path.read_text().replace("toy", data).replace("AP,AP50", heading))
    store = ResultStore(tree)
    said = SAID | dict(data=data)
    record(Result("one/a.py", 0, numbers=dict(AP=23.0), conditions=said), store)
    report = compare(read_table(str(path), tree), store)
    assert report.rows[0].cells["AP"].mean == 23.0
    assert report.rows[0].cells["AP"].difference == (None if sentence else 2.0)
    assert [line for line in report.lines if line.startswith("No diff")] == [sentence] * bool(
        sentence
    )


def test_a_row_may_name_its_protocol(tree, tmp_path):
    path = tree / "tables/toy.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},protocol", *(f"{row},COCO" for row in rows)]) + "\n")
    store = ResultStore(tree)
    record(Result("one/a.py", 0, numbers=dict(AP=23.0), conditions=SAID), store)
    report = compare(read_table(str(path), tree), store)
    assert report.rows[0].cells["AP"].difference is None
    assert "No difference, A: ours by AI-TOD, the paper's by COCO." in report.lines


def test_numbers_with_other_max_dets_than_the_paper_s_are_not_subtracted(tree, tmp_path):
    path = tree / "tables/toy.csv"
    path.write_text(path.read_text().replace("toy", "AI-TOD"))
    store = ResultStore(tree)
    said = SAID | dict(data="AI-TOD", max_dets="1/10/100")
    record(Result("one/a.py", 0, numbers=dict(AP=23.0), conditions=said), store)
    report = compare(read_table(str(path), tree), store)
    assert report.rows[0].cells["AP"].difference is None
    assert "No difference, A: ours with maxDets 1/10/100, the paper's 1500." in report.lines


def test_paper_and_ours_never_share_a_column(table, store):
    rows = list(csv.reader(io.StringIO(as_csv(compare(table, store)))))
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["AP_paper"] == "21"
    assert first["AP_ours_mean"] == "23"
    assert first["AP_ours_std"] == "3.60555"
    assert first["AP_difference"] == "2"
    assert first["seeds"] == "3"
    assert [row[0] for row in rows[1:]] == ["A", "B", "C"]


def test_markdown(table, store):
    lines = markdown(compare(table, store, ["AP"])).splitlines()
    assert lines[0] == "**toy: paper; toy val; AP in per cent**"
    assert lines[2:7] == [
        "| row | seeds | AP paper |    AP ours | AP Δ |",
        "| --- | ----: | -------: | ---------: | ---: |",
        "| A   |     3 |     21.0 | 23.0 ± 3.6 | +2.0 |",
        "| B   |       |     22.0 |            |      |",
        "| C   |       |     30.0 |            |      |",
    ]
    assert lines[8].startswith("- Ours: ")


def test_latex_escapes_names_and_has_as_many_cells_as_columns(tree, store):
    path = tree / "tables/toy.csv"
    path.write_text(path.read_text().replace("\nA,", "\nA_50 & 10% ~ <8 |,"))
    text = latex(compare(read_table(str(path), tree), store))
    body = text.split("\\midrule\n")[1].split("\\bottomrule")[0].splitlines()
    assert body[0].startswith(
        r"A\_50 \& 10\% \textasciitilde{} $<$8 $|$ & 3 & 21.0 & 23.0 $\pm$ 3.6 & $+$2.0 "
    )
    assert [line.replace(r"\&", "").count("&") for line in body] == [7, 7, 7]
    assert text.startswith(r"\begin{tabular}{lrrrrrrr}")


def test_html_escapes_names(tree, store):
    path = tree / "tables/toy.csv"
    path.write_text(path.read_text().replace("\nA,", "\nA < B,"))
    text = FORMATS["html"](compare(read_table(str(path), tree), store))
    assert "<td>A &lt; B</td><td>3</td><td>21.0</td><td>23.0 ± 3.6</td><td>+2.0</td>" in text


def test_a_table_without_published_numbers_shows_ours_alone(tree, store):
    path = tree / "tables/toy.csv"
    path.write_text(re.sub(r"(?<=,)[\d.]+(?=,)", "", path.read_text()))
    report = compare(read_table(str(path), tree), store)
    assert markdown(report).splitlines()[2:5] == [
        "| row | seeds |    AP ours | AP50 ours |",
        "| --- | ----: | ---------: | --------: |",
        "| A   |     3 | 23.0 ± 3.6 |        -1 |",
    ]
    assert report.lines[0] == "For these columns no number is published or known."
    assert r"\begin{tabular}{lrrr" in latex(report)
    assert r"\cmidrule(lr){3-3} \cmidrule(lr){4-4}" in latex(report)
    assert "<td>A</td><td>3</td><td>23.0 ± 3.6</td><td>-1</td>" in FORMATS["html"](report)


def test_an_unknown_column_is_refused(table, store):
    with pytest.raises(InputError, match=r"no column 'AP5' .did you mean 'AP50'"):
        compare(table, store, ["AP5"])


def block(named):
    return f"<{named}>\n"


def test_a_page_s_blocks_are_replaced_and_nothing_else():
    text = (
        "a\n<!-- table:x -->\nold\n<!-- /table -->\nb\n<!-- table:y AP AP50 -->\n<!-- /table -->\n"
    )
    new = with_blocks(text, "table", block)
    assert new == (
        "a\n<!-- table:x -->\n\n<x>\n\n<!-- /table -->\nb\n"
        "<!-- table:y AP AP50 -->\n\n<y AP AP50>\n\n<!-- /table -->\n"
    )
    assert with_blocks(new, "table", block) == new
    assert with_blocks(text, "support", block) == text


@pytest.mark.parametrize("rest", ["", "<!-- table:y -->\n<!-- /table -->"])
def test_a_block_that_does_not_end_is_refused(rest):
    with pytest.raises(
        InputError,
        match=r"README.md: <!-- table:x --> is not followed by <!-- /table -->; add that line",
    ):
        with_blocks(f"<!-- table:x -->\n{rest}", "table", block, "README.md")


@pytest.fixture
def tool_show(tool, tree, tmp_path, monkeypatch):
    module = tool("tables/show")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "CONFIGS", tree)
    return module.main


def test_tables_of_pages_are_written_and_checked(tool_show, tmp_path, store, capsys):
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n<!-- table:toy AP -->\n<!-- /table -->\n")
    assert pages_with(tmp_path, "table") == [readme]
    assert tool_show(["--check"]) == 1
    assert (
        "out of date, run tools/tables/show.py --update-readme: README.md"
        in capsys.readouterr().out
    )
    assert tool_show(["--update-readme"]) == 0
    assert "| A   |     3 |     21.0 | 23.0 ± 3.6 | +2.0 |" in readme.read_text()
    assert tool_show(["--check"]) == 0
    record(Result("two/ablations/b.py", 0, numbers=dict(AP=1.0), conditions=SAID), store)
    assert tool_show(["--check"]) == 1


def test_show_prints_each_format_and_the_list_of_tables(tool_show, store, capsys):
    starts = dict(md="**toy", csv="row,config", latex=r"\begin{tabular}", html="<table>")
    for name, start in starts.items():
        assert tool_show(["toy", "--format", name]) == 0
        assert capsys.readouterr().out.startswith(start)
    assert tool_show([]) == 0
    assert "| toy | 3 | 2 | 1 | paper |" in capsys.readouterr().out
    assert tool_show(["tyo"]) == 1
    assert "no table 'tyo' (did you mean 'toy'?)" in capsys.readouterr().err


def test_the_tables_of_this_project_s_pages_are_current(tool, capsys):
    assert tool("tables/show").main(["--check"]) == 0, capsys.readouterr().out
