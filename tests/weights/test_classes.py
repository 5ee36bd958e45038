"""Which class of a checkpoint is which of the data: worked out by hand."""

import pytest
import torch

from tinydet.errors import InputError
from tinydet.weights.classes import check_classes, warn_of_classes


def knowing(*classes):
    return dict(state_dict={}, meta=dict(dataset_meta=dict(classes=classes)))


def warnings(logged):
    return [line for line in logged if line.startswith("WARNING")]


@pytest.mark.parametrize(
    ("checkpoint", "metainfo"),
    [
        (knowing("person", "car"), dict(classes=["person", "car"])),
        (knowing("person", "car"), dict()),
        (knowing("person", "car"), [dict(classes=["car"]), dict(classes=["person"])]),
        (dict(meta=dict(dataset_meta=dict(classes="person"))), dict(classes=("person",))),
        (dict(meta=dict(dataset_meta=None)), dict(classes=("car",))),
        (dict(meta=None), dict(classes=("car",))),
        ({"conv.weight": torch.ones(1)}, dict(classes=("car",))),
    ],
)
def test_classes_that_agree_or_are_not_known_are_no_matter(checkpoint, metainfo, logged):
    for compare in (check_classes, warn_of_classes):
        compare(checkpoint, metainfo, "x.pth")
    assert warnings(logged) == []


def test_the_classes_of_a_checkpoint_in_another_order_are_refused():
    with pytest.raises(InputError) as raised:
        check_classes(
            knowing("person", "car", "bicycle"), dict(classes=("car", "bicycle", "person")), "x.pth"
        )
    assert str(raised.value) == (
        "checkpoint x.pth has the classes of the data (car, bicycle, person) in another order "
        "(person, car, bicycle), which mixes up the labels; renumber the categories of the "
        "annotation files in the order of the checkpoint"
    )


def test_other_classes_than_a_checkpoints_are_named_by_position(logged):
    check_classes(knowing("person", "car", "bicycle"), dict(classes=("human", "car")), "x.pth")
    assert warnings(logged) == [
        "WARNING checkpoint x.pth has other classes than the data: class 0 is human in the data "
        "and person in the checkpoint, class 2 is none in the data and bicycle in the checkpoint; "
        "results are right only where two names mean the same"
    ]


@pytest.mark.parametrize(
    ("classes", "starts", "cure"),
    [
        ("person car boat", ["class 2 (boat) starts as bicycle"], "train without load_from"),
        (
            "car person boat",
            [f"class {start}" for start in ("0 (car) starts as person", "1 (person) starts as car")]
            + ["class 2 (boat) starts as bicycle"],
            "renumber the categories of the annotation files in the order of the checkpoint",
        ),
        ("car person", [], ""),  # of another number: the layers of the classes do not fit
    ],
)
def test_a_class_that_starts_as_another_is_named(classes, starts, cure, logged):
    checkpoint = knowing("person", "car", "bicycle")
    warn_of_classes(checkpoint, dict(classes=classes.split()), "x.pth")
    (line,) = warnings(logged) or [""]
    assert ", ".join(starts) in line
    assert cure in line
    assert line.count(" starts as ") == len(starts)
