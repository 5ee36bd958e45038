"""The tool: what it writes, how it chooses a rate, what it says about bad arguments."""

import csv

import pytest
from PIL import Image

QUICK = ["--count", "8", "--steps", "20"]


@pytest.fixture
def simulate(tool, tmp_path):
    module = tool("analysis/simulate_regression")
    files = ["--out", str(tmp_path / "new" / "r.png"), "--csv", str(tmp_path / "new" / "r.csv")]

    def run(*arguments):
        return module.main([*QUICK, *files, *arguments])

    run.module = module
    run.folder = tmp_path / "new"
    return run


def test_a_picture_a_csv_and_a_table(simulate, capsys):
    assert simulate("--losses", "IoU", "NWD(constant=8)") == 0
    assert Image.open(simulate.folder / "r.png").width > 500
    rows = list(csv.DictReader((simulate.folder / "r.csv").open()))
    assert len(rows) == 2 * 4 * 21  # losses, sizes, steps with the start
    curve = [row for row in rows if row["loss"] == "NWD(constant=8)" and row["size_px"] == "32-64"]
    assert [int(row["step"]) for row in curve] == list(range(21))
    assert float(curve[-1]["mean_iou"]) > float(curve[0]["mean_iou"])
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| NWD")]
    last = f"/ {float(curve[-1]['mean_iou']):.3f} / {float(curve[-1]['mean_distance_px']):.2f} |"
    assert table[0].endswith(last)


def test_each_loss_has_the_rate_that_is_best_for_it(simulate):
    module = simulate.module
    problem = module.make_problem(8, 8)
    rate, run = module.best_run("SFL", problem, module.RATES, 20)
    for other in module.RATES:
        assert run.iou.mean() >= module.best_run("SFL", problem, (other,), 20)[1].iou.mean()
    assert rate < module.best_run("NWD", problem, module.RATES, 20)[0]  # L1 in px has a steep slope


def test_a_best_rate_at_the_end_of_the_range_is_told(simulate, capsys):
    simulate.module.best_run("NWD", simulate.module.make_problem(8, 8), (1e-4, 1e-3), 20)
    assert "the best rate of NWD may lie beyond 0.001" in capsys.readouterr().err


def test_one_rate_for_all(simulate):
    assert simulate("--losses", "IoU", "SFL", "--rate", "0.01") == 0
    rows = csv.DictReader((simulate.folder / "r.csv").open())
    assert {row["rate"] for row in rows} == {"0.01"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--rate", "0"], "--rate 0.0 must be positive"),
        (["--strides", "4", "8", "16", "-1"], "must be positive"),
        (["--losses", "IoU", "CIuO"], "'CIuO' is none of"),
    ],
)
def test_bad_arguments(simulate, capsys, arguments, sentence):
    assert simulate(*arguments) == 1
    assert sentence in capsys.readouterr().err
    assert not simulate.folder.exists()


def test_help_shows_an_example(simulate, capsys):
    with pytest.raises(SystemExit):
        simulate("--help")
    assert "python tools/analysis/simulate_regression.py --losses" in capsys.readouterr().out
