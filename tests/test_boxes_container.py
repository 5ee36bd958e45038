"""The container of boxes: formats, selection, windows, concatenation."""

import numpy as np
import pytest

from tinydet.boxes import Boxes, concatenate
from tinydet.errors import InputError

CORNERS = np.array([[1.0, 2, 4, 8], [0, 0, 10, 5]])
SIZES = np.array([[1.0, 2, 3, 6], [0, 0, 10, 5]])
CLASS_IDS = np.array([3, 1])


def test_both_formats_by_hand():
    assert Boxes(CORNERS, CLASS_IDS).xywh.tolist() == SIZES.tolist()
    assert Boxes(SIZES, CLASS_IDS, format="xywh").xyxy.tolist() == CORNERS.tolist()


def test_the_given_format_keeps_every_digit():
    rounded = np.array([[0.1, 0, 0.2, 1]])  # (0.1 + 0.2) - 0.1 is not 0.2
    assert Boxes(rounded, CLASS_IDS[:1], format="xywh").xywh is rounded
    assert Boxes(rounded, CLASS_IDS[:1]).xyxy is rounded


@pytest.mark.parametrize("index", [[1, 0], [False, True], slice(1, None)])
def test_an_index_selects_from_all_columns(index):
    index = index if isinstance(index, slice) else np.array(index)
    boxes = Boxes(SIZES, CLASS_IDS, np.array([0.5, 0.25]), np.array([7, 9]), "xywh")[index]
    assert boxes.xywh.tolist() == SIZES[index].tolist()
    assert boxes.class_ids.tolist() == CLASS_IDS[index].tolist()
    assert boxes.scores.tolist() == np.array([0.5, 0.25])[index].tolist()
    assert boxes.image_ids.tolist() == np.array([7, 9])[index].tolist()
    assert Boxes(CORNERS, CLASS_IDS)[index].scores is None


@pytest.mark.parametrize(
    "boxes", [Boxes(CORNERS, CLASS_IDS), Boxes(SIZES, CLASS_IDS, format="xywh")]
)
def test_boxes_in_an_enlarged_window(boxes):
    assert boxes.moved(1, 2, 3).xyxy.tolist() == [[0, 0, 9, 18], [-3, -6, 27, 9]]


def test_images_are_concatenated_in_their_order():
    one = Boxes(CORNERS.astype(np.float32), CLASS_IDS, np.array([0.5, 0.25], np.float32))
    both = concatenate([one[:1], one[:0], one])
    assert (both.xywh.dtype, both.xywh.tolist()) == (float, [SIZES[0].tolist(), *SIZES.tolist()])
    assert both.image_ids.tolist() == [1, 3, 3]
    assert concatenate([one], [42]).image_ids.tolist() == [42, 42]
    assert len(concatenate([])) == 0


def test_columns_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="format 'cxcywh' is none of xyxy, xywh"):
        Boxes(CORNERS, CLASS_IDS, format="cxcywh")
    with pytest.raises(InputError, match=r"columns of \[2, 1\] boxes"):
        Boxes(CORNERS, CLASS_IDS[:1])
