"""One meaning of a field: what is evaluated is what is counted, whatever wrote the file."""

import pytest

from tinydet.errors import InputError
from tinydet.evaluation.aitod import evaluate_detailed
from tinydet.evaluation.backends import BACKENDS

BACKENDS = BACKENDS[:2]  # the third is the second's interface


def truth_of(image_ids=(1, 2, 3, 4), **flags):
    """Return a 10 px object in each image; flags are written into all annotations."""
    return dict(
        images=[dict(id=image_id) for image_id in image_ids],
        categories=[dict(id=1, name="boat")],
        annotations=[
            dict(id=n, image_id=image_id, category_id=1, bbox=[5, 5, 10, 10], area=100) | flags
            for n, image_id in enumerate(image_ids, 1)
        ],
    )


def found_in(image_ids):
    return [
        dict(image_id=image_id, category_id=1, bbox=[5, 5, 10, 10], score=0.9)
        for image_id in image_ids
    ]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "ids",
    [
        [2**53 + step for step in range(4)],  # three of them alike as doubles
        [1764085000000000000 + step for step in range(4)],  # nanoseconds
        [2**63 - 1 - step for step in range(4)],
        [-3, 0, 5, 7],
    ],
)
def test_large_ids_are_told_apart(ids, backend):
    """Half of the objects found: a recall of 0.5 everywhere, as with small ids."""
    plain = evaluate_detailed(truth_of(), found_in([1, 3]), backend=backend)
    truth = truth_of(ids)
    for number, ann in enumerate(truth["annotations"]):
        ann["id"] = 2**53 + number
    large = evaluate_detailed(truth, found_in([ids[0], ids[2]]), backend=backend)
    assert large.summary == plain.summary
    assert large.per_class == plain.per_class
    assert large.num_gts == plain.num_gts
    assert plain.summary["AR@100"] == 0.5
    assert plain.summary["oLRP_false_negative"] == 0.5


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("written", "objects"),
    [(None, 4), ("0", 4), (False, 4), (0, 4), ("1", 0), (True, 0), (1, 0)],
)
def test_a_crowd_is_the_same_in_ap_and_in_the_counts(written, objects, backend):
    result = evaluate_detailed(truth_of(iscrowd=written), found_in([1, 2, 3, 4]), backend=backend)
    assert result.num_gts["boat"]["all"] == objects
    assert result.densest == (objects > 0)
    assert result.summary["AP"] == pytest.approx(1 if objects else -1)


def test_what_counts_against_expectation_is_said(logged):
    truth = truth_of(ignore=1)
    truth["annotations"][2].update(bbox=[5, 5, 0, 10], area=0)
    truth["annotations"][3].update(iscrowd=1)
    result = evaluate_detailed(truth, found_in([1, 2]))
    assert result.num_gts["boat"]["all"] == 3
    assert result.summary["AR@100"] == pytest.approx(2 / 3)
    assert logged == [
        "WARNING 3 annotations (ids 1, 2, 3) have ignore=1, to which the protocol pays no "
        "attention: they count as objects; iscrowd=1 ignores detections there",
        "WARNING 1 annotations (ids 3) have a box without area: they count as objects, and no "
        "detection can match them",
    ]


def test_the_callers_dictionary_is_not_written_to():
    truth = truth_of(iscrowd="0")
    evaluate_detailed(truth, found_in([1]))
    assert truth == truth_of(iscrowd="0")


def test_an_id_of_more_than_64_bits_is_refused():
    with pytest.raises(InputError, match="4 ids of images need more than 64 bits"):
        evaluate_detailed(truth_of([2**63 + step for step in range(4)]), found_in([1]))


def test_the_backend_of_earlier_configs_is_taken_with_a_warning(logged):
    old = evaluate_detailed(truth_of(), found_in([1, 3]), backend="faster")
    assert old.summary == evaluate_detailed(truth_of(), found_in([1, 3])).summary
    assert len(logged) == 1
    assert "'faster' is replaced by 'ultrafast'" in logged[0]
