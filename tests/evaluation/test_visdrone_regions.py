"""Ignored regions: what is drawn, what is counted, and where one half lies."""

import numpy as np
import pytest

from tinydet.evaluation.visdrone.regions import (
    drop_ignored,
    ignored_share,
    round_half_away,
    summed_area,
)
from tinydet.evaluation.visdrone.rows import boxes_of

REGION = np.array([[11, 11, 10, 10]])


def share(box, region=REGION, height=100, width=100):
    return ignored_share(np.array([box]), summed_area(np.array(region), height, width))[0]


def test_a_region_is_drawn_with_both_ends():
    table = summed_area(REGION, 100, 100)
    assert table.shape == (101, 101)
    assert table[100, 100] == 11 * 11
    assert table[11, 100] == 11  # its first row is row 11, counted from 1
    assert table[10, 100] == 0


def test_regions_start_in_the_image_and_are_cut_at_its_end():
    # Left and top below 1 become 1, sizes stay: columns 1..5 and rows 1..4.
    assert summed_area(np.array([[-7, 0, 4, 3]]), 100, 100)[-1, -1] == 5 * 4
    assert summed_area(np.array([[99, 95, 50, 50]]), 100, 100)[-1, -1] == 2 * 6
    assert summed_area(np.array([[300, 1, 5, 5]]), 100, 100)[-1, -1] == 0
    # A size of 0 becomes 1, which draws two columns.
    assert summed_area(np.array([[5, 5, 0, 3]]), 100, 100)[-1, -1] == 2 * 4


def test_regions_on_top_of_each_other_count_once():
    assert summed_area(np.concatenate([REGION, REGION + [1, 0, 0, 0]]), 100, 100)[-1, -1] == 132


def test_of_a_box_the_first_row_and_column_are_not_counted():
    # Columns 7..16 of which 11..16 are ignored, and so on to the left; rows 12..21 all are.
    assert share([6, 11, 10, 10]) == pytest.approx(0.6)
    assert share([5, 11, 10, 10]) == pytest.approx(0.5)
    assert share([4, 11, 10, 10]) == pytest.approx(0.4)
    assert share([11, 11, 10, 10]) == pytest.approx(1)


def test_one_half_is_dropped():
    truth = boxes_of([[11, 11, 10, 10, 0, 0], [5, 11, 10, 10, 1, 4], [4, 11, 10, 10, 1, 4]])
    found = boxes_of([[4, 11, 10, 10, 0.9, 4], [5, 11, 10, 10, 0.8, 4]])
    objects, kept = drop_ignored(truth, found, 100, 100)
    assert objects.xywh.tolist() == [[4, 11, 10, 10]]
    assert kept.scores.tolist() == [0.9]


def test_boxes_round_away_from_zero():
    assert round_half_away(np.array([0.5, 1.5, 2.5, 2.4, -0.5])).tolist() == [1, 2, 3, 2, -1]
    assert share([4.5, 11, 10, 10]) == pytest.approx(0.5)  # as [5, …]; to even would be [4, …]


def test_the_area_of_a_box_is_not_cut_at_the_image():
    everything = [[1, 1, 100, 100]]
    # Columns 96..100 of 20: all that is visible is ignored, and the box stays.
    assert share([95, 11, 20, 10], everything) == pytest.approx(0.25)
    assert share([300, 11, 20, 10], everything) == 0
    assert share([-50, 11, 20, 10], everything) == pytest.approx(1)  # moves to column 1


def test_coordinates_beyond_any_integer():
    assert share([1e30, 11, 10, 10]) == 0
    assert share([1, 1, 1e30, 1e30]) == pytest.approx(0)


def test_without_a_region_everything_stays():
    rows = boxes_of([[1, 1, 5, 5, 1, 4]])
    objects, found = drop_ignored(rows, rows, 100, 100)
    assert (len(objects), len(found)) == (1, 1)
