"""Pages hold everything they show and escape the names that they are given."""

import base64
import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from tinydet.data_tools import charts
from tinydet.data_tools import page as pages

HOSTILE = "<script>alert('a & b')</script>"
PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5


def rendered(*parts):
    return ElementTree.fromstring(f"<main>{pages.together(parts)}</main>")


@pytest.mark.parametrize(
    "part",
    [
        pages.text(HOSTILE),
        pages.code(HOSTILE),
        pages.grid(HOSTILE),
        pages.facts([(HOSTILE, HOSTILE)]),
        pages.table([HOSTILE], [[HOSTILE]], HOSTILE),
        pages.picture(PIXELS, HOSTILE),
        charts.bars(HOSTILE, {HOSTILE: 1}),
        charts.histogram(HOSTILE, {HOSTILE: [1], "b": [2]}, [0, 1], HOSTILE, {HOSTILE: 0.5}),
        charts.curves(HOSTILE, {HOSTILE: ([1, 2], [3, 4])}, HOSTILE, marks={HOSTILE: 1.5}),
        charts.heat(HOSTILE, np.ones((1, 1)), HOSTILE),
    ],
)
def test_a_name_stays_text(part):
    tree = rendered(part)
    assert tree.find(".//script") is None
    assert HOSTILE in "".join(tree.itertext())


def test_the_page_needs_no_other_file():
    words = pages.page("t", [pages.Section("s", [pages.picture(PIXELS)])])
    assert not re.search(r"(src|href)=\"(?!data:|#)|url\(|@import|https?:", words)


def test_a_lossless_picture_keeps_its_pixels():
    source = rendered(pages.picture(PIXELS, lossless=True)).find(".//img").get("src")
    data = np.frombuffer(base64.b64decode(source.split(",")[1]), np.uint8)
    assert (cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1] == PIXELS).all()


def test_the_links_lead_to_the_sections():
    words = pages.page("t", [pages.Section("Crowds & co", [])])
    assert '<a href="#crowds-co">' in words
    assert '<section id="crowds-co">' in words


def test_bars_of_a_histogram_are_as_high_as_their_counts():
    tree = rendered(charts.histogram("h", [1, 4, 0], [1, 10, 100, 1000]))
    heights = [float(bar.get("height")) for bar in tree.findall(".//rect")]
    assert heights == [charts.DOWN / 4, charts.DOWN, 0]
    assert len({bar.get("width") for bar in tree.findall(".//rect")}) == 1


def test_a_logarithmic_curve_has_equal_steps_for_equal_ratios():
    tree = rendered(charts.curves("c", {"": ([1, 10, 100], [0, 1, 2])}, logarithmic=True))
    points = tree.find(".//polyline").get("points").split()
    x, y = np.array([point.split(",") for point in points], float).T
    assert np.diff(x) == pytest.approx([charts.ACROSS / 2] * 2, abs=0.1)
    assert np.diff(y) == pytest.approx([-charts.DOWN / 2] * 2, abs=0.1)


def test_intervals_show_what_excludes_zero():
    values = {"AP": (2, 1, 3), "AP_vt": (-2, -3, -1), "AP_t": (0.5, -1, 2)}
    tree = rendered(charts.intervals("i", values))
    lines = [line.get("d") for line in tree.findall(".//path[@class='interval']")]
    starts, ends = np.array(
        [re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", line)[0] for line in lines], float
    ).T
    zero = float(re.search(r"M([\d.]+)", tree.find(".//path[@class='axis']").get("d"))[1])
    assert (starts > zero).tolist() == [True, False, False]
    assert (ends < zero).tolist() == [False, True, False]
    per_point = (ends - starts) / [2, 2, 3]
    assert per_point == pytest.approx([per_point[0]] * 3, abs=0.1)


def test_points_have_one_decimal_and_sort_by_their_value():
    cell = rendered(pages.table(["AP"], [[pages.Points(19.04)]])).find(".//td")
    assert (cell.text, cell.get("data-value")) == ("19.0", "19.04")
