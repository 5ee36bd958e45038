"""Checks of arguments: what passes, and the sentence for what does not."""

import math
import re

import pytest

from tinydet.arguments import check_choice, check_count, check_number


class Loss:
    pass


@pytest.mark.parametrize(
    ("value", "interval"),
    [(0.5, "(0, 1)"), (1, "(0, 1]"), (0, "[0, 1]"), (1e9, "(0, inf)"), (-2, "[-2, -1)")],
)
def test_a_number_inside_is_returned(value, interval):
    assert check_number(Loss(), "alpha", value, interval) is value


@pytest.mark.parametrize(
    ("value", "interval", "words"),
    [
        (0, "(0, 1]", "is outside (0, 1]"),
        (1, "[0, 1)", "is outside [0, 1)"),
        (-0.1, "[0, 1]", "is outside [0, 1]"),
        (math.inf, "(0, inf)", "is outside (0, inf)"),
        (math.nan, "(0, inf)", "is outside (0, inf)"),
        (True, "[0, 1]", "is not a number"),
        ("1", "[0, 1]", "is not a number"),
        (None, "[0, 1]", "is not a number"),
    ],
)
def test_other_values_are_refused(value, interval, words):
    with pytest.raises(ValueError, match=re.escape(f"Loss: alpha={value!r} {words}")):
        check_number(Loss(), "alpha", value, interval)


@pytest.mark.parametrize("value", [0, 1.5, True, "2", None])
def test_a_count_is_a_whole_number(value):
    assert check_count("nms", "k", 3) == 3
    assert check_count("nms", "k", -1, minimum=-1) == -1
    with pytest.raises(ValueError, match=f"^nms: k={value!r} must be a whole number of at least 1"):
        check_count("nms", "k", value)


@pytest.mark.parametrize("value", ["c", [], {}])
def test_the_choices_are_named(value):
    check_choice("nms", "mode", None, {"a": 1, None: 2})
    with pytest.raises(ValueError, match=re.escape(f"nms: mode={value!r} is none of 'a', None")):
        check_choice("nms", "mode", value, {"a": 1, None: 2})
