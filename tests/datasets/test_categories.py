"""Names and orders that differ would give boxes the wrong label."""

import pytest

from tinydet.datasets.categories import match_categories, of_classes, read_classes
from tinydet.errors import InputError


def test_categories_give_the_ids_in_the_order_of_the_classes(coco):
    assert match_categories(coco["categories"], ("car", "person"), "a") == {"car": 1, "person": 5}
    assert match_categories(coco["categories"], None, "a") == {"car": 1, "person": 5}


@pytest.mark.parametrize(
    ("categories", "sentence"),
    [
        ({1: "car", 2: "plane"}, "only in the file: plane; only in the config: person"),
        ({1: "car"}, "only in the file: none; only in the config: person"),
        ({1: "car", 2: None, 3: "person", 4: ""}, "2 categories have no 'name' (ids 2, 4)"),
        ({1: "person", 2: "car"}, "in another order (person, car) than the config's classes"),
        ({1: "person", 2: "car"}, "; renumber the categories of the file in the order of the cl"),
        ({2: "car", 1: "person"}, "not stand in the order of their ids (2, 1)"),
        ({1: "car", 2: "person", 3: "car"}, "the same name ('car', ids 1 and 3)"),
    ],
)
def test_categories_that_would_mix_up_labels(categories, sentence):
    section = [dict(id=key, name=name) for key, name in categories.items()]
    with pytest.raises(InputError) as caught:
        match_categories(section, ("car", "person"), "a.json")
    assert sentence in str(caught.value)
    assert "a.json" in str(caught.value)


def test_a_subset_takes_its_categories_and_boxes_and_says_what_it_leaves(coco):
    ids = match_categories(coco["categories"], ("person",), "a")
    assert ids == {"person": 5}
    part, sentence = of_classes(coco, ids.values())
    assert part["categories"] == [dict(id=5, name="person")]
    assert [ann["id"] for ann in part["annotations"]] == [2, 3]
    assert len(part["images"]) == 3
    assert sentence == "1 of 2 categories are no class of the config and left out: car (1 boxes)"


def test_the_classes_that_a_variable_names_stand_in_the_files_order(coco, write):
    path = write(coco)
    assert read_classes(path) == ("car", "person")
    assert read_classes(path, "person, car") == ("car", "person")
    assert read_classes(path, "person") == ("person",)
    with pytest.raises(InputError, match="only in the file: car; only in the config: ship"):
        read_classes(path, "ship,person")


def test_all_classes_leave_the_dictionary_as_it_is(coco):
    part, sentence = of_classes(coco, [1, 5])
    assert part is coco
    assert not sentence
