"""The tool: the curves it draws, against losses by hand, and what it says about bad arguments."""

import math

import pytest
import torch
from PIL import Image


@pytest.fixture
def draw(tool):
    return tool("analysis/draw_losses")


def test_boxes_by_hand(draw):
    far, two, six = torch.tensor([0.0, 10]), torch.tensor([2.0, 2]), torch.tensor([6.0, 6])
    across = 10 / math.sqrt(2)
    expected = [[-1, -3, 1, 3], [across - 1, across - 3, across + 1, across + 3]]
    torch.testing.assert_close(draw.boxes(far, 45, two, six), torch.tensor(expected))


def test_curves_by_hand(draw):
    axis, diagonal, side, width = draw.curves("NWD(constant=10)", size=8, reach=24)
    for x, value in (axis, diagonal):  # blind to the direction
        torch.testing.assert_close(value, 1 - torch.exp(-x / 10))
    assert side[0][-1].item() == width[0][-1].item() == pytest.approx(4)
    assert side[1][-1].item() == pytest.approx(1 - math.exp(-math.sqrt(2) * 12 / 10))
    assert width[1][-1].item() == pytest.approx(1 - math.exp(-12 / 10))


def test_every_default_is_zero_at_the_object_itself(draw):
    for text in draw.LOSSES:
        for x, value in draw.curves(text, 32, 24):
            same = (x - (x[0] > 0) * 1.0).abs().argmin()
            assert value[same].abs() < 1e-3  # the root of eps in RSIoU
            assert value.max() > 0.2


def test_the_picture(draw, tmp_path, capsys):
    out = tmp_path / "new" / "losses.png"
    assert draw.main(["--losses", "IoU", "SIoU", "--sizes", "4", "--out", str(out)]) == 0
    assert "2 losses drawn in" in capsys.readouterr().out
    one = Image.open(out)
    assert draw.main(["--losses", "IoU", "--sizes", "4", "16", "--out", str(out)]) == 0
    assert Image.open(out).height > 1.5 * one.height


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sizes", "8", "0"], "--sizes [8.0, 0.0] and --reach 24 must be positive"),
        (["--losses", "IuO"], "'IuO' is none of"),
    ],
)
def test_bad_arguments(draw, tmp_path, capsys, arguments, sentence):
    assert draw.main([*arguments, "--out", str(tmp_path / "losses.png")]) == 1
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
