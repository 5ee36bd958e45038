"""Which class an object is taken for."""

from __future__ import annotations

import numpy as np

from tinydet.analysis.error_kinds import CONFUSED, FOUND, IGNORED
from tinydet.analysis.judged import Judged


def confusion(judged: Judged, classes: int) -> np.ndarray:
    """Return ``(K + 1, K + 1)`` counts: a row an object's class, a column a detection's.

    An object that was found counts under its own class, another one under the class of the best
    detection that is confused at it, and under the last column if there is none. The last row has
    the detections that no object is counted with. A row therefore adds up to the objects of a
    class, a column to its detections.

    Args:
        judged: At the score from which detections are used.
        classes: ``K``.
    """
    labels = judged.detections.class_ids
    taken_for = np.full(len(judged.objects), classes)
    owner = np.full(len(judged.objects), -1)
    for kind in (CONFUSED, FOUND):  # what is found overwrites
        rows = np.flatnonzero(judged.kinds == kind)
        rows = rows[np.argsort(judged.detections.scores[rows], kind="stable")]  # the best last
        taken_for[judged.targets[rows]] = labels[rows]
        owner[judged.targets[rows]] = rows
    matrix = np.zeros((classes + 1, classes + 1), int)
    np.add.at(matrix, (judged.objects.class_ids, taken_for), 1)
    alone = judged.kinds != IGNORED
    alone[owner[owner >= 0]] = False
    np.add.at(matrix[classes], labels[alone], 1)
    return matrix
