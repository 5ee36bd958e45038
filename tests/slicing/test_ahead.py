"""Work ahead of its loop: in order, bounded, with the errors of the work."""

import itertools

import pytest

from tinydet.slicing.ahead import computed_ahead


def test_results_come_in_order_and_errors_when_due():
    results = computed_ahead(lambda number: 6 // number, [3, 2, 0, 1], ahead=2)
    assert [next(results), next(results)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_no_more_is_computed_than_may_wait():
    taken = []

    def endless():
        for number in itertools.count():
            taken.append(number)
            yield number

    results = computed_ahead(str, endless(), ahead=3)
    assert next(results) == "0"
    assert taken == [0, 1, 2, 3]
    results.close()
