"""Losses from a command line: what is understood, and what is told otherwise."""

import pytest

from tinydet.analysis.loss_from_text import NAMES, loss_from_text
from tinydet.errors import InputError
from tinydet.models.losses import IoULoss, RSIoULoss


def test_a_name_and_a_name_with_arguments():
    assert type(loss_from_text("IoU")) is IoULoss
    loss = loss_from_text("RSIoU(focal=None, alpha=1)")
    assert isinstance(loss, RSIoULoss)
    assert (loss.focusing, loss.alpha, loss.reduction) == (None, 1, "none")


def test_every_loss_can_be_named():
    for name in NAMES:
        text = "MPDIoU(image_size=800)" if name == "MPDIoU" else name
        assert type(loss_from_text(text)).__name__ == f"{name}Loss"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RSIuO", "'RSIuO' is none of CIoU, "),
        ("Box", "'Box' is none of"),
        ("RSIoU(1)", "is not written like"),
        ("RSIoU(", "is not written like"),
        ("RSIoU(alpha=one)", "is not written like"),
        ("losses.RSIoU", "is not written like"),
        ("RSIoU(alpha=0)", "alpha=0 is outside"),
        ("RSIoU(beta=1)", "beta"),
        ("MPDIoU", "image_size"),
    ],
)
def test_what_is_wrong_is_told(text, message):
    with pytest.raises(InputError, match=message):
        loss_from_text(text)
