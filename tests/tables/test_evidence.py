"""Tables of our own: options and baselines of rows, differences, curves, the page."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from tinydet.errors import InputError
from tinydet.runs.plan import plan
from tinydet.runs.record import record
from tinydet.tables.curves import logged_points, mean_curves, read_points, write_points
from tinydet.tables.differences import Gain, read_gains, write_gains
from tinydet.tables.evidence import evidence_page, lines, markdown, verdicts
from tinydet.tables.machines import machines
from tinydet.tables.peers import PeerRun
from tinydet.tables.published import read_table
from tinydet.tables.results import CONDITIONS, Result, ResultStore
from tinydet.tables.steps import Step, pair_of, read_steps, write_steps

TABLE = """row,config,options,baseline,data,split,AP,source,note
plain,one/a.py,,,toy,val,,ours,
fast,one/a.py,lr=2 epochs=1,plain,toy,val,,ours,
idea,two/ablations/b.py,,plain,toy,val,,ours,
"""
CONFIG = """
model = dict(type="mmdet.FCOS")
test_dataloader = dict(dataset=dict(type="mmdet.CocoDataset"))
test_evaluator = dict(type="tinydet.AITODMetric", ann_file={ann!r})
"""
PEER = PeerRun("yolo-a", "8 epochs", "default", "0", {}, "", {}, "8", "0.50", "2.9", "", "x86_64")
GAIN = Gain("mine", "idea", "plain", 3, "AP", 1.25, 0.5, 2.0)


@pytest.fixture
def table(tree):
    (tree / "tables/mine.csv").write_text(TABLE)
    return read_table(str(tree / "tables/mine.csv"), tree)


def results_of(tree, config, options=""):
    said = dict.fromkeys(CONDITIONS, "") | dict(data="toy", split="val", hours="0.5")
    for seed, ap in enumerate((20.0, 22.0)):
        numbers = dict(AP=ap, APvt=ap / 2)
        record(Result(config, seed, options, numbers, {"person": 7.0}, said), ResultStore(tree))


def test_rows_run_with_their_options(table):
    runs = plan(table.rows, 1, ["x=3"])
    assert [(run.config, run.options_text) for run in runs] == [
        ("one/a.py", "x=3"),
        ("one/a.py", "epochs=1 lr=2 x=3"),
        ("two/ablations/b.py", "x=3"),
    ]


def test_a_baseline_must_be_a_row(tree):
    path = tree / "tables/mine.csv"
    path.write_text(TABLE.replace(",plain,", ",plan,"))
    with pytest.raises(InputError, match=r"baseline of fast is no row: 'plan'.*plain"):
        read_table(str(path), tree)


@pytest.mark.parametrize(
    ("seeds", "low", "high", "verdict"),
    [(3, 0.1, 2, "helps"), (3, -2, -0.1, "hurts"), (3, -1, 2, "not shown"), (2, 1, 2, "not shown")],
)
def test_two_seeds_show_nothing(seeds, low, high, verdict):
    assert Gain("t", "r", "b", seeds, "AP", 1, low, high).verdict == verdict


def test_gains_of_other_rows_stay(tmp_path):
    path = tmp_path / "differences.csv"
    other, beside = replace(GAIN, table="other"), replace(GAIN, row="beside")
    newer = replace(GAIN, gain=2.0)
    write_gains(path, [GAIN, beside])
    write_gains(path, [other])
    write_gains(path, [newer])
    assert read_gains(path) == [beside, newer, other]
    assert read_gains(tmp_path / "none.csv") == []


def test_results_stand_beside_the_difference(tree, table):
    results_of(tree, "one/a.py")
    results_of(tree, "one/a.py", "epochs=1 lr=2")
    of_tiny = replace(GAIN, metric="APt", gain=-0.5, low=-1.0, high=0.25)
    text = markdown(lines(table, ResultStore(tree), [GAIN, of_tiny]))
    plain, fast, idea = (line.split(" | ") for line in text.splitlines()[2:])
    assert plain[1:3] == ["2", "21.0 ± 1.4"]
    assert plain[7] == "7.0 ± 0.0"
    assert fast[1] == "2", "its own runs, by their options"
    assert idea[1:3] == ["", ""], "not run"
    assert idea[8:12] == ["plain", "+1.2 (+0.5 to +2.0)", "helps", "-0.5 (-1.0 to +0.2)"]


def test_verdicts_are_of_three_seeds_the_best_first(tree, table):
    results_of(tree, "one/a.py")  # 20 and 22
    said = dict.fromkeys(CONDITIONS, "") | dict(data="toy", split="val")
    for seed, ap in ((1, 25.5), (0, 19.0), (2, 30.0)):  # the baseline has no seed 2
        record(Result("two/ablations/b.py", seed, "", dict(AP=ap), {}, said), ResultStore(tree))
    better = replace(GAIN, row="fast", gain=4.0, low=3.0, high=5.0)
    shown = verdicts(lines(table, ResultStore(tree), [GAIN, better])).splitlines()[2:]
    assert shown == [
        "| fast | plain | +4.0 (+3.0 to +5.0) |  |  |  | helps |",
        # 1.25 +- 12.706 * 3.182 / sqrt(2), with one degree of freedom
        "| idea | plain | +1.2 (+0.5 to +2.0) | -1.0, +3.5 | -27.3 to +29.8 |  | helps |",
    ]
    few = lines(table, ResultStore(tree), [replace(GAIN, seeds=2), better])
    assert "| idea | plain" not in verdicts(few)


def test_hours_of_a_gpu_and_of_a_processor_are_not_mixed(tree, table):
    for seed, (gpu, hours) in enumerate(
        [("H100", "0.1"), ("H100", "0.3"), ("CPU", "2"), ("", "9")]
    ):
        said = dict.fromkeys(CONDITIONS, "") | dict(data="toy", split="val", hours=hours, gpu=gpu)
        record(Result("one/a.py", seed, "", dict(AP=1.0), {}, said), ResultStore(tree))
    plain, *_ = lines(table, ResultStore(tree), [])
    assert plain.costs() == ["", "", "", "0.20", "2.00"]


def test_a_step_stands_beside_that_of_the_baseline(tree, table, tmp_path):
    path = tmp_path / "steps.csv"
    host, idea = pair_of(table.rows[0], table), pair_of(table.rows[2], table)
    assert idea == ("two/ablations/b.py", "one/a.py")
    write_steps(path, [Step(*host, 1.5, 1.0, 1.0, 1.0), Step(*idea, 9.0, 9.0, 9.0, 9.0)])
    write_steps(path, [Step(*idea, 1.625, 1.083, 1.05, 1.1)])
    plain, fast, other = lines(table, ResultStore(tree), [], read_steps(path))
    assert [line.costs()[2] for line in (plain, fast, other)] == ["1.50", "1.50", "1.62 (1.08)"]
    assert read_steps(tmp_path / "none.csv") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [("config,host\n", "lacks the columns seconds"), ("{}\na,b,fast,1,1,1\n", "'fast' is not a")],
)
def test_a_damaged_file_of_steps_is_named(tmp_path, text, reason):
    path = tmp_path / "steps.csv"
    path.write_text(text.format("config,host,seconds,ratio,low,high"))
    with pytest.raises(InputError, match=f"steps.csv.*{reason}"):
        read_steps(path)


def test_machines_say_what_ran_and_what_lacks_seeds(tree, table):
    results_of(tree, "one/a.py")
    store = ResultStore(tree)
    mine = ["mine", "", "2", "1.0", "1 of 3", "0 of 3"]
    assert machines([table], store) == [mine, ["all, each once", "", "2", "1.0", "", ""]]
    said = dict.fromkeys(CONDITIONS, "") | dict(data="toy", split="val", hours="2", gpu="CPU")
    record(Result("one/a.py", 2, "", dict(AP=1.0), {}, said), store)
    twice = [table, replace(table, name="other")]
    assert machines(twice, store, [PEER]) == [
        ["mine", "", "2", "1.0", "1 of 3", "1 of 3"],
        ["mine", "CPU", "1", "2.0", "1 of 3", "1 of 3"],
        ["other", "", "2", "1.0", "1 of 3", "1 of 3"],
        ["other", "CPU", "1", "2.0", "1 of 3", "1 of 3"],
        ["peers", "x86_64", "1", "0.5", "", ""],
        ["all, each once", "", "4", "3.5", "", ""],
    ]
    empty = replace(table, rows=table.rows[1:])
    assert machines([empty], store) == [["all, each once", "", "0", "0.0", "", ""]]


def test_curves_are_read_from_the_logs_and_averaged(tmp_path):
    for run, epochs in (("20260101_1", (1, 2)), ("20260101_2", (2, 3))):  # resumed at 2
        log = tmp_path / run / "vis_data"
        log.mkdir(parents=True)
        rows = [{"aitod/AP": epoch / 100, "step": epoch} for epoch in epochs]
        rows.append({"loss": 3.0, "step": 7})
        (log / "scalars.json").write_text("\n".join(map(json.dumps, rows)))
    points = logged_points(tmp_path, "mine", "idea", 0)
    assert [(point.epoch, point.ap) for point in points] == [(1, 1.0), (2, 2.0), (3, 3.0)]
    path = tmp_path / "curves.csv"
    write_points(path, [points[0]._replace(ap=9.0), points[0]._replace(seed=1, ap=2.0)])
    write_points(path, points)
    assert mean_curves(read_points(path), "mine") == {"idea": ([1, 2, 3], [1.5, 2.0, 3.0])}


def test_kept_detections_become_a_table_and_a_page(tree, table, tool, tmp_path, capsys):
    boxes = np.random.default_rng(0).uniform(0, 50, (30, 2))
    objects = [
        dict(
            id=1 + number,
            image_id=1 + number % 10,
            category_id=1,
            bbox=[float(x), float(y), 12.0, 12.0],
            area=144.0,
            iscrowd=0,
        )
        for number, (x, y) in enumerate(boxes)
    ]
    images = [dict(id=1 + i, file_name=f"{i}.png", width=100, height=100) for i in range(10)]
    ann = tmp_path / "val.json"
    categories = [dict(id=1, name="car")]
    ann.write_text(json.dumps(dict(images=images, annotations=objects, categories=categories)))
    for name in ("one/a.py", "two/ablations/b.py"):
        (tree / name).write_text(CONFIG.format(ann=str(ann)))
    work = tmp_path / "work"
    for row, kept in ((table.rows[0], 15), (table.rows[2], 30)):  # the baseline finds half
        for run in plan([row], 3):
            found = [dict(o, score=0.5 + o["id"] / 100) for o in objects[:kept]]
            folder = run.folder(work)
            (folder / "1/vis_data").mkdir(parents=True)
            (folder / "1/vis_data/scalars.json").write_text('{"aitod/AP": 0.5, "step": 1}')
            (folder / "predictions.json").write_text(json.dumps(found))
    path = str(tree / "tables/mine.csv")
    assert tool("tables/differences").main([path, "--work-dir", str(work)]) == 0
    assert "fast against plain: -" in capsys.readouterr().out, "not run"
    (gain,) = (g for g in read_gains(tree / "evidence/differences.csv") if g.metric == "AP")
    assert (gain.row, gain.seeds, gain.verdict) == ("idea", 3, "helps")
    assert gain.low <= gain.gain <= gain.high
    html = tmp_path / "page.html"
    assert tool("tables/show").main([path, "--html", str(html)]) == 0
    page = html.read_text()
    assert "AP by epoch" in page
    assert f"{gain.gain:+.1f}" in page


def test_a_page_colors_what_is_shown_and_draws_a_chart_for_each_host(tree, table):
    gains = [GAIN, replace(GAIN, row="fast", seeds=2)]
    joined = lines(table, ResultStore(tree), gains)
    curve = ([1, 2], [3.0, 4.0])
    page = evidence_page(table, joined, {"a peer": curve, "idea": curve, "plain": curve})
    lines_drawn = re.findall(r'class="interval" style="stroke:var\(--(\w+)\)"', page)
    assert lines_drawn == ["soft", "c2"], "fast has two seeds, which show nothing"
    assert set(re.findall(r"over the seeds: ([a-z ]+)<", page)) == {"plain"}
    legend = re.findall(r"<li[^>]*>(.*?)</li>", page)
    assert legend == ["plain", "idea", "a peer"]
    others = [replace(line, row=replace(line.row, baseline="")) for line in joined]
    page = evidence_page(table, others, {"idea": curve, "plain": curve})
    assert set(re.findall(r"over the seeds: ([a-z ]+)<", page)) == {"plain", "idea"}


def test_a_table_without_baselines_has_no_differences(tree, tool, capsys):
    assert tool("tables/differences").main([str(tree / "tables/toy.csv")]) == 1
    assert "no column 'baseline'" in capsys.readouterr().err
    assert tool("tables/show").main([str(tree / "tables/toy.csv"), "--html", "x.html"]) == 1
    assert "--format html" in capsys.readouterr().err


def test_without_kept_detections_nothing_is_lost(tree, table, tool, tmp_path, capsys):
    path = tree / "evidence/differences.csv"
    path.parent.mkdir()
    write_gains(path, [GAIN])
    words = [str(tree / "tables/mine.csv"), "--work-dir", str(tmp_path / "none")]
    assert tool("tables/differences").main(words) == 1
    assert "has no detections of mine that run.py --predictions kept" in capsys.readouterr().err
    assert read_gains(path) == [GAIN]
