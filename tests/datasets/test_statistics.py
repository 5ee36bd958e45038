"""Sizes worked out by hand."""

import numpy as np

from tinydet.datasets.statistics import describe


def test_objects_sizes_ranges_and_classes(coco):
    numbers = describe(coco)
    assert numbers.images == 3
    assert numbers.per_image.tolist() == [2, 1, 0]
    np.testing.assert_allclose(numbers.sizes, np.sqrt([51, 7, 1200]))
    # sqrt(51) and sqrt(7) are under 8 px, sqrt(1200) = 34.6 is over 32.
    assert numbers.per_range() == {"very tiny": 2, "tiny": 0, "small": 0, "medium": 1}
    assert numbers.per_class == {"car": 1, "person": 2}


def test_a_size_on_the_border_counts_in_the_lower_range(coco):
    for ann, side in zip(coco["annotations"], (8, 16, 32), strict=True):
        ann["bbox"][2:] = [side, side]
    assert describe(coco).per_range() == {"very tiny": 1, "tiny": 1, "small": 1, "medium": 0}
