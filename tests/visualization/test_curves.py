import json

import numpy as np
import pytest

from tinydet.errors import InputError
from tinydet.visualization.curves import losses, metrics, plot_runs, read_scalars


@pytest.fixture
def run(tmp_path):
    rows = [dict(loss=3.0, loss_cls=2.0, step=1), dict(loss=2.0, loss_cls=1.0, step=2)]
    rows += [{"aitod/AP": 0.25, "aitod/AP_vt": -1.0, "step": 1}]
    folder = tmp_path / "work" / "20260101" / "vis_data"
    folder.mkdir(parents=True)
    (folder / "scalars.json").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path / "work"


def test_losses_and_ap_are_read(run):
    rows = read_scalars(run)
    assert losses(rows)["loss_cls"][1].tolist() == [2.0, 1.0]
    assert metrics(rows)["AP"][1].tolist() == [25.0]


def test_a_range_without_ground_truth_is_a_gap(run):
    assert np.isnan(metrics(read_scalars(run))["AP_vt"][1]).all()


def test_the_tool_writes_a_picture(run, tool, tmp_path):
    out = tmp_path / "curves.png"
    assert tool("analysis/plot_curves").main([str(run), str(run), "--out", str(out)]) == 0
    assert out.stat().st_size > 1000


def test_a_folder_without_log(tmp_path):
    with pytest.raises(InputError, match="holds no log of a training"):
        plot_runs([tmp_path], tmp_path / "x.png")
