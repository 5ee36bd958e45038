"""VisDrone's text files: what is read, what is written, and what is refused by name and line."""

import json

import numpy as np
import pytest
from PIL import Image

from tinydet.errors import InputError
from tinydet.evaluation.visdrone.folders import read_folder, read_pair, write_folder
from tinydet.evaluation.visdrone.rows import boxes_of, parse_rows
from tinydet.evaluation.visdrone.sizes import find_images, read_sizes, sizes_of

LINE = "1,2,3,4,1,4,0,0"


def test_lines_become_rows():
    # A byte order mark is the reader's business; blank lines and a comma at the end are allowed.
    rows = parse_rows(f"{LINE}\n\n684,8,273,116,0,0,0,0,\r\n -1.5, 2,3,4, 0.25,11,-1,-1\n")
    assert rows.xywh.tolist() == [[1, 2, 3, 4], [684, 8, 273, 116], [-1.5, 2, 3, 4]]
    assert rows.scores.tolist() == [1, 0, 0.25]
    assert rows.class_ids.tolist() == [4, 0, 11]
    assert len(parse_rows("")) == 0


@pytest.mark.parametrize(
    ("line", "truth", "sentence"),
    [
        ("1,2,3,4,1,4", False, "a.txt, line 2 has 6 fields, not 8; write left,top"),
        (LINE + ",5", False, "has 9 fields"),
        (
            "1,2,3,4,car,4,0,0",
            False,
            "a.txt, line 2 has a field that is not a number: '1,2,3,4,car",
        ),
        ("1,2,nan,4,1,4,0,0", False, "a.txt, line 2 holds NaN or infinity: .*; remove the line"),
        ("1,2,3,4,inf,4,0,0", False, "NaN or infinity"),
        ("1,2,3,4,1,12,0,0", False, "has category 12; VisDrone's are 1 to 10"),
        ("1,2,3,4,1,1.5,0,0", False, "has category 1.5"),
        ("1,2,3,4,0.9,4,0,0", True, "has score 0.9; in ground truth it is 1, or 0"),
        ("1.5,2,3,4,0,0,0,0", True, "an ignored region has whole pixels; round '1.5,2"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, truth, sentence):
    (tmp_path / "a.txt").write_text(f"{LINE}\n{line}\n")
    with pytest.raises(InputError, match=sentence):
        read_folder(tmp_path, truth)


def test_folders_that_are_none(tmp_path):
    with pytest.raises(InputError, match="annotation folder .*gone does not exist"):
        read_folder(tmp_path / "gone", truth=True)
    (tmp_path / "readme.md").write_text("no rows")
    with pytest.raises(InputError, match="holds no .txt file"):
        read_folder(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"a\.txt is not text in UTF-8"):
        read_folder(tmp_path)


def test_a_byte_order_mark_is_no_number(tmp_path):
    (tmp_path / "a.txt").write_text(LINE, encoding="utf-8-sig")
    assert read_folder(tmp_path)["a"].xywh.tolist() == [[1, 2, 3, 4]]


def test_images_and_predictions_that_do_not_pair():
    one = boxes_of([[1, 2, 3, 4, 1, 4]])
    with pytest.raises(InputError, match=r"1 prediction files belong to no image .*\(c\)"):
        read_pair({"a": one}, {"a": one, "c": one})
    truth, found = read_pair({"b": one, "a": one}, {"b": one})
    assert list(truth) == list(found) == ["a", "b"]
    assert [len(rows) for rows in found.values()] == [0, 1]


def test_written_files_are_sorted_and_read_back_exactly(tmp_path):
    rng = np.random.default_rng(0)
    scores = [0.25, 0.75, 0.25, 1 / 3]
    rows = boxes_of(np.column_stack([rng.normal(0, 100, (4, 4)), scores, [1, 2, 3, 4]]))
    write_folder({"a": rows, "b": boxes_of([])}, tmp_path / "new" / "folder")
    back = read_folder(tmp_path / "new" / "folder")
    assert back["a"].class_ids.tolist() == [2, 4, 1, 3]  # equal scores keep their order
    assert (back["a"].xywh == rows.xywh[[1, 3, 0, 2]]).all()
    assert len(back["b"]) == 0
    line = (tmp_path / "new" / "folder" / "a.txt").read_text().splitlines()[0]
    assert line.split(",")[4:] == ["0.75", "2", "-1", "-1"]


def test_sizes_from_a_file(tmp_path):
    path = tmp_path / "sizes.json"
    path.write_text(json.dumps({"a": [3, 4], "b.jpg": [5, 6], "c.txt": [7, 8], "d.e": [9, 9]}))
    assert read_sizes(path) == {"a": (3, 4), "b": (5, 6), "c": (7, 8), "d.e": (9, 9)}
    for content, sentence in (
        ('{"a": [3]}', r"1 sizes are not \[height, width\] in whole pixels \(a: \[3\]\)"),
        ('{"a": [0, 4]}', r"a: \[0, 4\]"),
        ('{"a": [3.5, 4]}', "3.5"),
        ('{"a": 3}', "a: 3"),
        ("[]", "holds a list"),
    ):
        path.write_text(content)
        with pytest.raises(InputError, match=sentence):
            read_sizes(path)


def test_sizes_from_headers(tmp_path):
    Image.new("L", (7, 5)).save(tmp_path / "a.jpg")
    Image.new("L", (2, 3)).save(tmp_path / "b.png")
    assert sizes_of(find_images(tmp_path)) == {"a": (5, 7), "b": (3, 2)}
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(InputError, match="have the same name"):
        find_images(tmp_path)
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(InputError, match=r"a\.png cannot be read"):
        sizes_of(find_images(tmp_path))


def test_image_folders_that_are_none(tmp_path):
    with pytest.raises(InputError, match="image folder .*gone does not exist"):
        find_images(tmp_path / "gone")
    with pytest.raises(InputError, match="holds no image"):
        find_images(tmp_path)
