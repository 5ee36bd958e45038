"""tools/analysis/errors.py and compare.py on the images of noise that the tests train on."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest


@pytest.fixture
def files(tiny_data):
    """Ground truth; detections a that find, misplace, confuse and invent; and b that find all."""
    ann = tiny_data / "annotations" / "val.json"
    truth = json.loads(ann.read_text())
    a, b = [], []
    for number, row in enumerate(truth["annotations"]):
        new = dict(image_id=row["image_id"], category_id=row["category_id"], bbox=row["bbox"])
        b.append(dict(new, score=0.9 - number / 100))
        if number % 4 == 1:
            x, y, w, h = row["bbox"]
            new["bbox"] = [x + w / 2, y, w, h]
        if number % 4 == 2:
            new["category_id"] = row["category_id"] % 8 + 1
        if number % 4 != 3:
            a.append(dict(new, score=0.8 - number / 100))
    a.append(dict(image_id=1, category_id=1, bbox=[0, 0, 2, 2], score=0.95))
    paths = [tiny_data / f"{name}.json" for name in "ab"]
    for path, rows in zip(paths, (a, b), strict=True):
        path.write_text(json.dumps(rows))
    return ann, *paths


def run(tool, name, files, *more):
    ann, *pred = map(str, files)
    return tool(f"analysis/{name}").main(["--ann", ann, "--pred", *pred, *map(str, more)])


def test_the_page_marks_each_kind(tool, files, tiny_data, capsys):
    html = tiny_data / "out" / "errors.html"
    ann, a, _ = files
    assert run(tool, "errors", (ann, a), "--images", tiny_data / "val", "--html", html) == 0
    out = capsys.readouterr().out
    assert "a.json: AP" in out
    assert f"wrote {html}" in out
    words = html.read_text()
    for kind in ("found", "missed", "badly placed", "confused", "background"):
        assert re.search(f'<rect class="mark [a-z-]+" data-kind="{kind}"', words), kind
    assert not re.search(r"(src|href)=\"(?!data:|#)|url\(|@import|https?:", words)
    body = words[words.index("<body>") : words.index("<script>")] + "</body>"
    tree = ElementTree.fromstring(body)
    shots = tree.findall(".//figure[@class='shot']")
    assert len(shots) == 4
    for shot in shots:
        marks = [mark for mark in shot.iter("rect") if mark.get("data-kind", "found") != "found"]
        assert shot.find("figcaption/b").text == str(len(marks))


def test_two_files_stand_side_by_side_with_an_interval(tool, files, tiny_data, capsys):
    html = tiny_data / "both.html"
    options = ["--images", tiny_data / "val", "--html", html, "--resamples", 200]
    assert run(tool, "errors", files, *options) == 0
    words = html.read_text()
    assert "b.json is better: AP +" in words
    assert words.count("a.json and b.json</figcaption>") == 4
    assert 'value="worse"' in words


def test_compare_prints_each_metric_and_a_verdict(tool, files, tiny_data, capsys):
    html = tiny_data / "c.html"
    assert run(tool, "compare", files, "--resamples", 200, "--html", html) == 0
    out = capsys.readouterr().out
    assert re.search(
        r"\| AP +\| +[\d.]+ +\| +100.0 +\| +[\d.]+ +\| \+[\d.]+ to \+[\d.]+ +\| b.json", out
    )
    assert "another training of either side may differ by as much." in out
    assert 'class="interval"' in html.read_text()


def test_pairs_of_seeds_are_compared_together(tool, files, capsys):
    pair = ["--pred", *map(str, files[1:]), "--resamples", 100]
    assert run(tool, "compare", files, *pair) == 0
    assert "other seeds, of which 2 a side were seen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            dict(image_id=99),
            "detections on 1 images that the ground truth does not have (image ids 99)",
        ),
        (dict(category_id=0), "(labels counted from 0?)"),
        (dict(category_id="1"), "category_id of row 0 is not an integer"),
        (dict(bbox=[1, 2, 3]), "bbox of row 0 is not four numbers"),
    ],
)
@pytest.mark.parametrize("name", ["errors", "compare"])
def test_what_cannot_be_evaluated_gets_a_sentence(
    tool, files, tiny_data, capsys, name, change, sentence
):
    ann, a, b = files
    rows = json.loads(b.read_text())
    changed = [
        dict(row, **change) if number == 0 or "category_id" in change else row
        for number, row in enumerate(rows)
    ]
    b.write_text(json.dumps(changed))
    more = ["--html", tiny_data / "e.html"] if name == "errors" else []
    assert run(tool, name, (ann, a, b), *more) == 1
    assert sentence in capsys.readouterr().err


def test_no_detection_at_all_is_everything_missed(tool, files, tiny_data, capsys):
    ann, a, _ = files
    a.write_text("[]")
    options = ["--images", tiny_data / "val", "--html", tiny_data / "e.html"]
    assert run(tool, "errors", (ann, a), *options) == 0
    assert "AP loses 100.0 points to missed objects" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["errors", "compare"])
def test_ground_truth_without_objects_is_refused(tool, files, tiny_data, capsys, name):
    ann, a, b = files
    ann.write_text(json.dumps(dict(json.loads(ann.read_text()), annotations=[])))
    more = ["--html", tiny_data / "e.html"] if name == "errors" else []
    assert run(tool, name, (ann, a, b), *more) == 1
    assert "no object of its categories to find or to miss" in capsys.readouterr().err


def test_scores_that_are_not_finite_are_left_out_and_counted(tool, files, tiny_data, logged):
    ann, a, _ = files
    rows = json.loads(a.read_text())
    a.write_text(json.dumps([dict(rows[0], score=float("nan")), *rows[1:]]))
    assert run(tool, "errors", (ann, a), "--html", tiny_data / "e.html") == 0
    assert any("1 detections with NaN or infinite numbers left out" in line for line in logged)


def test_a_picture_that_does_not_exist_is_named(tool, files, tiny_data):
    ann, a, _ = files
    (tiny_data / "val" / "2.png").unlink()
    html = tiny_data / "e.html"
    assert run(tool, "errors", (ann, a), "--images", tiny_data / "val", "--html", html) == 0
    assert re.search(r'class="fault">[^<]*2\.png', html.read_text())


def test_no_folder_of_pictures(tool, files, tiny_data, capsys):
    ann, a, _ = files
    assert run(tool, "errors", (ann, a), "--images", "/no", "--html", tiny_data / "e.html") == 1
    assert "--images /no is no folder" in capsys.readouterr().err


def test_order_of_the_files_makes_no_difference(tool, files, tiny_data, capsys):
    ann, a, _ = files
    html = [tiny_data / "1.html", tiny_data / "2.html"]
    run(tool, "errors", (ann, a), "--html", html[0])
    rows = json.loads(a.read_text())
    a.write_text(json.dumps([rows[n] for n in np.random.default_rng(0).permutation(len(rows))]))
    run(tool, "errors", (ann, a), "--html", html[1])
    assert html[0].read_text() == html[1].read_text()
