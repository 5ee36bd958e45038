import json

import numpy as np
import pytest

from tinydet.errors import InputError
from tinydet.visualization.curves import losses, metrics, read_scalars

FIRST = [
    dict(loss=3.0, loss_cls=2.0, step=1),
    dict(loss=2.0, loss_cls=1.0, step=2),
    {"aitod/AP": 0.25, "aitod/AP_vt": -1.0, "step": 1},
    dict(loss=1.5, loss_cls=0.5, step=3),
    {"aitod/AP": 0.5, "aitod/AP_vt": -1.0, "step": 2},
]


def write(run, start, rows, end=""):
    folder = run / start / "vis_data"
    folder.mkdir(parents=True)
    (folder / "scalars.json").write_text("".join(json.dumps(row) + "\n" for row in rows) + end)


@pytest.fixture
def run(tmp_path):
    write(tmp_path / "work", "20260101", FIRST)
    return tmp_path / "work"


def test_losses_and_ap_are_read(run):
    rows = read_scalars(run)
    assert losses(rows)["loss_cls"][0].tolist() == [1, 2, 3]
    assert losses(rows)["loss_cls"][1].tolist() == [2.0, 1.0, 0.5]
    assert metrics(rows)["AP"][1].tolist() == [25.0, 50.0]


def test_the_loss_of_the_validation_stands_where_its_epoch_ends(tmp_path):
    trained = [dict(loss=1.0, epoch=epoch, step=2 * epoch) for epoch in (1, 2)]
    tested = [{"aitod/AP": 0.5, "val_loss": 3.0, "step": 2}]
    write(tmp_path, "20260101", [*trained, *tested])
    curves = losses(read_scalars(tmp_path))
    assert [values.tolist() for values in curves["val_loss"]] == [[4], [3.0]]
    assert curves["loss"][0].tolist() == [2, 4]


def test_a_range_without_ground_truth_is_a_gap(run):
    assert np.isnan(metrics(read_scalars(run))["AP_vt"][1]).all()


def test_a_resumed_run_replaces_the_steps_that_it_repeats(run):
    write(run, "20260102", [dict(loss=9.0, step=3), dict(loss=8.0, step=4)])
    rows = read_scalars(run)
    assert losses(rows)["loss"][1].tolist() == [3.0, 2.0, 9.0, 8.0]
    assert metrics(rows)["AP"][0].tolist() == [1, 2]


def test_a_run_that_began_anew_replaces_the_earlier_one(run):
    write(run, "20260102", [dict(loss=7.0, step=1)])
    rows = read_scalars(run)
    assert losses(rows)["loss"][1].tolist() == [7.0]
    assert metrics(rows) == {}


def test_a_line_that_is_being_written_is_waited_for(run):
    write(run, "20260102", [dict(loss=9.0, step=4)], end='{"loss": 1.')
    assert losses(read_scalars(run))["loss"][1].tolist() == [3.0, 2.0, 1.5, 9.0]


def test_a_spoilt_log_is_named(run):
    write(run, "20260102", [], end="no JSON\n" + json.dumps(FIRST[0]))
    with pytest.raises(InputError, match="scalars.json: line 1 is not JSON"):
        read_scalars(run)


@pytest.mark.parametrize("names", [["work"], ["work", "other"]])
def test_the_tool_writes_a_picture(run, tool, tmp_path, names):
    write(tmp_path / "other", "20260101", FIRST[:1])  # not evaluated yet
    out = tmp_path / "new" / "curves.png"
    runs = [str(tmp_path / name) for name in names]
    assert tool("analysis/plot_curves").main([*runs, "--out", str(out)]) == 0
    assert out.stat().st_size > 1000


@pytest.mark.parametrize("empty", [False, True])
def test_a_folder_without_log(tmp_path, tool, capsys, empty):
    if empty:
        write(tmp_path, "20260101", [])
    assert tool("analysis/plot_curves").main([str(tmp_path)]) == 1
    assert "holds no log of a training" in capsys.readouterr().err
