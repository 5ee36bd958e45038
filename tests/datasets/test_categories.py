"""Names and orders that differ would give boxes the wrong label."""

import pytest

from tinydet.datasets.categories import match_categories
from tinydet.errors import InputError


def test_categories_give_the_ids_in_the_order_of_the_classes(coco):
    assert match_categories(coco["categories"], ("car", "person"), "a") == {"car": 1, "person": 5}
    assert match_categories(coco["categories"], None, "a") == {"car": 1, "person": 5}


@pytest.mark.parametrize(
    ("categories", "sentence"),
    [
        ({1: "car", 2: "plane"}, "only in the file: plane; only in the config: person"),
        ({1: "car"}, "only in the file: none; only in the config: person"),
        ({1: "person", 2: "car"}, "in another order (person, car) than the config's classes"),
        ({2: "car", 1: "person"}, "not stand in the order of their ids (2, 1)"),
        ({1: "car", 2: "person", 3: "car"}, "two categories have the same name"),
    ],
)
def test_categories_that_would_mix_up_labels(categories, sentence):
    section = [dict(id=key, name=name) for key, name in categories.items()]
    with pytest.raises(InputError) as caught:
        match_categories(section, ("car", "person"), "a.json")
    assert sentence in str(caught.value)
    assert "a.json" in str(caught.value)
