"""Each fault of a file in the sentence that the user reads."""

import pytest

from tinydet.datasets.annotations import check_structure, read_coco, some
from tinydet.errors import InputError


def fault(coco):
    with pytest.raises(InputError) as caught:
        check_structure(coco, "a.json")
    return str(caught.value)


def test_a_good_file_is_read_as_it_is(coco, write):
    assert read_coco(write(coco)) == coco


def test_a_byte_order_mark_is_no_fault(coco, write):
    path = write(coco)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_coco(path) == coco


def test_missing_file_names_the_absolute_path_and_the_cure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        read_coco("gone/a.json", "make it by make_it.py")
    assert str(caught.value) == (
        f"annotation file gone/a.json does not exist (looked for {tmp_path}/gone/a.json); "
        "make it by make_it.py"
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [('{"images": [],\n "annotations"', "line 2, column 15"), ("", "line 1, column 1")],
)
def test_no_json_names_line_and_column(write, text, where):
    with pytest.raises(InputError, match=rf"ann\.json is not JSON: .* at {where}"):
        read_coco(write(text))


def test_a_picture_is_not_json(root):
    with pytest.raises(InputError, match=r"1\.png is not JSON: it is no text in UTF-8"):
        read_coco(root / "images" / "1.png")


def test_a_list_is_not_a_coco_file():
    assert fault([]) == "a.json holds a list; a COCO file is an object"


def test_absent_sections_are_named(coco):
    del coco["annotations"]
    coco["categories"] = {}
    assert fault(coco) == (
        "a.json has no list 'annotations', 'categories'; "
        "a COCO file needs images, annotations, categories"
    )


@pytest.mark.parametrize("section", ["images", "annotations", "categories"])
def test_an_id_that_stands_twice(coco, section):
    coco[section].append(dict(coco[section][0]))
    first = coco[section][0]["id"]
    assert f"1 ids of {section} stand more than once ({first}); number them anew" in fault(coco)


@pytest.mark.parametrize("entry", [{}, {"id": "7"}, {"id": [7]}, "7"])
def test_an_entry_without_an_integer_id(coco, entry):
    coco["images"].append(entry)
    assert fault(coco) == (
        "a.json: 1 entries of images have no integer 'id' (counted from 0: 3); number them"
    )


@pytest.mark.parametrize("reference", [99, None, [10], "10"])
def test_an_annotation_of_no_image(coco, reference):
    coco["annotations"][1]["image_id"] = reference
    assert "1 annotations refer to no image of the file (annotation ids 2); remove" in fault(coco)


def test_annotations_of_no_category_are_counted_and_the_first_named(coco):
    first = coco["annotations"][0]
    coco["annotations"] = [dict(first, id=n, category_id=2) for n in range(1, 9)]
    assert "8 annotations refer to no category" in fault(coco)
    assert "(annotation ids 1, 2, 3, 4, 5, …)" in fault(coco)


def test_boxes_are_not_the_business_of_the_structure(coco):
    for bbox in (None, [0, 0, -1, 0], [float("nan")] * 4):
        coco["annotations"][0]["bbox"] = bbox
        check_structure(coco, "a.json")


def test_some_ends_in_an_ellipsis_only_where_there_is_more():
    assert some([1, 2], 2) == "1, 2"
    assert some([1, 2, 3], 2) == "1, 2, …"
