"""Each fault of a file in the sentence that the user reads."""

import pytest

from tinydet.datasets.annotations import as_coco, read_coco, some
from tinydet.datasets.categories import read_classes
from tinydet.errors import InputError


def fault(coco):
    with pytest.raises(InputError) as caught:
        as_coco(coco, "a.json")
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
    with pytest.raises(InputError, match=r"1\.png is not JSON: the file is not text in UTF-8"):
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
    assert f"1 ids of {section} occur more than once ({first}); renumber the entries" in fault(coco)


@pytest.mark.parametrize("entry", [{}, {"id": "7"}, {"id": [7]}, "7"])
def test_an_entry_without_an_integer_id(coco, entry):
    coco["images"].append(entry)
    assert fault(coco) == (
        "a.json: 1 entries of images have no integer 'id' (counted from 0: 3); number the entries"
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
        as_coco(coco, "a.json")


def test_some_ends_in_an_ellipsis_only_where_there_is_more():
    assert some([1, 2], 2) == "1, 2"
    assert some([1, 2, 3], 2) == "1, 2, …"


def test_whole_numbers_are_integers_whatever_wrote_them(coco):
    """pandas writes 1.0 where a column has a gap."""
    plain = as_coco(coco, "a.json")
    for section in ("images", "annotations", "categories"):
        for item in coco[section]:
            item["id"] = float(item["id"])
    for ann in coco["annotations"]:
        ann.update(image_id=float(ann["image_id"]), category_id=float(ann["category_id"]))
    read = as_coco(coco, "a.json")
    assert read == plain
    assert {type(ann[key]) for ann in read["annotations"] for key in ("image_id", "id")} == {int}
    assert isinstance(coco["annotations"][0]["id"], float)  # the caller's stays as it is


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 1e300, True, 1.5, float("nan")])
def test_ids_are_integers_of_64_bits(coco, number):
    coco["images"][2]["id"] = number
    beyond = "1 ids of images need more than 64 bits with a sign"
    assert (beyond if abs(number) > 2 else "no integer 'id' (counted from 0: 2)") in fault(coco)


@pytest.mark.parametrize("key", ["iscrowd", "ignore"])
@pytest.mark.parametrize(
    ("written", "meaning", "told"),
    [
        (None, 0, True),
        ("0", 0, True),
        ("1", 1, True),
        (False, 0, False),
        (True, 1, False),
        (0.0, 0, False),
        (1, 1, False),
    ],
)
def test_a_flag_means_one_thing(coco, key, written, meaning, told, logged):
    coco["annotations"][0][key] = written
    flag = as_coco(coco, "a.json")["annotations"][0][key]
    assert (flag, type(flag)) == (meaning, int)
    assert coco["annotations"][0][key] is written
    assert logged == told * [
        f"WARNING a.json: '{key}' of 1 annotations is text or null (annotation ids 1) and read as "
        "0 or 1; other tools take '0' for 1, so write numbers"
    ]


@pytest.mark.parametrize("written", ["yes", 2, -1, 0.5, [0], float("nan")])
def test_a_flag_that_could_mean_anything_is_refused(coco, written):
    coco["annotations"][1]["iscrowd"] = written
    assert fault(coco) == (
        "a.json: 'iscrowd' of 1 annotations is neither 0 nor 1 (annotation ids 2; the first value "
        f"is {written!r}); correct or remove the key"
    )


@pytest.mark.parametrize("group", ["vessels", "boat"])
def test_the_root_of_a_roboflow_export_is_no_class(coco, write, group, logged):
    coco["categories"] = [
        dict(id=0, name=group, supercategory="none"),
        dict(id=1, name="boat", supercategory=group),
        dict(id=5, name="ferry", supercategory=group),
    ]
    path = write(coco)
    assert read_classes(path) == ("boat", "ferry")
    assert logged == [
        f"INFO {path}: category 0, {group!r}, is not a class: no box has this category and all "
        "others name it as their supercategory, as in exports of Roboflow"
    ]


def test_a_category_that_has_a_box_or_no_children_is_a_class(coco):
    categories = [
        dict(id=0, name="vessels", supercategory="none"),
        dict(id=1, name="boat", supercategory="vessels"),
        dict(id=5, name="ferry", supercategory="vessels"),
    ]
    coco["categories"] = categories
    coco["annotations"][0]["category_id"] = 0
    assert as_coco(coco, "a.json")["categories"] == categories
    coco["annotations"][0]["category_id"] = 1
    categories[2]["supercategory"] = "cars"
    assert as_coco(coco, "a.json")["categories"] == categories
    assert as_coco(coco | dict(annotations=[], categories=categories[:1]), "a")["categories"]
