"""Kinds of errors: a hand-made case of each, and a plain loop over random ones."""

import math

import numpy as np
import pytest

from tinydet.analysis.calibration import calibration
from tinydet.analysis.confusion import confusion
from tinydet.analysis.error_kinds import KINDS, MISSED
from tinydet.analysis.judged import judge
from tinydet.analysis.lost_ap import BACKGROUND, BADLY_PLACED, CONFUSED, DOUBLE, lost_ap
from tinydet.evaluation.detections import as_detections
from tinydet.evaluation.protocol import Protocol

PROTOCOL = Protocol.of()


def coco(*rows, images=1, categories=2):
    """Ground truth from ``(image, category, box)``; a fourth entry is ``iscrowd``."""
    return dict(
        images=[dict(id=5 * n) for n in range(images, 0, -1)],  # not sorted, not counted from 1
        categories=[dict(id=c + 1, name=f"c{c}") for c in range(categories)],
        annotations=[
            dict(
                id=10 + n,
                image_id=5 * image,
                category_id=category + 1,
                bbox=list(box),
                area=box[2] * box[3],
                iscrowd=int(bool(crowd)),
            )
            for n, (image, category, box, *crowd) in enumerate(rows)
        ],
    )


def found(*rows):
    """Detections from ``(image, category, box, score)``."""
    return as_detections(
        [
            dict(image_id=5 * i, category_id=c + 1, bbox=np.array(b, float).tolist(), score=s)
            for i, c, b, s in rows
        ]
    )


def kinds_of(truth, detections, **options):
    judged = judge(truth, detections, PROTOCOL, **options)
    order = np.argsort(-judged.detections.scores, kind="stable")
    return [KINDS[kind] for kind in judged.kinds[order]], judged


BOX, FAR = (10, 10, 20, 20), (90, 90, 20, 20)


@pytest.mark.parametrize(
    ("kind", "category", "box"),
    [
        ("found", 0, (12, 10, 20, 20)),
        ("badly placed", 0, (20, 10, 20, 20)),  # IoU 1/3
        ("confused", 1, (12, 10, 20, 20)),
        ("both", 1, (20, 10, 20, 20)),
        ("background", 0, (28, 10, 20, 20)),  # IoU 2/38
        ("background", 1, (200, 200, 5, 5)),
        ("ignored", 0, FAR),
    ],
)
def test_one_detection(kind, category, box):
    truth = coco((1, 0, BOX), (1, 0, FAR, True))
    names, judged = kinds_of(truth, found((1, category, box, 0.5)))
    assert names == [kind]
    state = dict(found=0, confused=2).get(kind, 1 if kind == "badly placed" else MISSED)
    assert judged.states.tolist() == [state]
    assert judged.targets.tolist() == [-1 if kind in ("background", "ignored") else 0]


def test_the_better_detection_finds_and_the_other_is_double():
    names, _ = kinds_of(coco((1, 0, BOX)), found((1, 0, (12, 10, 20, 20), 0.4), (1, 0, BOX, 0.3)))
    assert names == ["found", "double"]


@pytest.mark.parametrize(
    ("side", "shift", "tiny", "kind"),
    [
        (4, 6, 8, "badly placed"),  # exp(-6 / 12.8) = 0.63; the boxes do not touch
        (4, 7, 8, "background"),  # 0.58
        (4, 6, 0, "background"),
        (8, 6, 8, "badly placed"),  # not under 8 px: IoU 2/14
        (8, 7, 8, "background"),  # IoU 1/15
    ],
)
def test_nwd_counts_at_objects_under_8_px(side, shift, tiny, kind):
    truth = coco((1, 0, (50, 50, side, side)))
    detections = found((1, 0, (50 + shift, 50, side, side), 0.5))
    assert kinds_of(truth, detections, tiny=tiny)[0] == [kind]


def test_an_image_without_objects_has_background_alone():
    names, judged = kinds_of(coco((1, 0, BOX), images=2), found((2, 0, BOX, 0.5)))
    assert names == ["background"]
    assert judged.states.tolist() == [MISSED]


def test_a_score_leaves_the_matches_as_they_are():
    truth = coco((1, 0, BOX), (1, 1, FAR))
    detections = found((1, 0, BOX, 0.6), (1, 0, BOX, 0.2), (1, 1, FAR, 0.3))
    judged = judge(truth, detections, PROTOCOL).above(np.array([0.25, 0.5]))
    assert [KINDS[kind] for kind in judged.kinds] == ["found"]
    assert judged.states.tolist() == [0, MISSED]


def problem(seed, images=6, objects=8, size=(3, 25)):
    rng = np.random.default_rng(seed)
    rows, detections = [], []
    for image in range(1, images + 1):
        for _ in range(objects):
            box = np.concatenate([rng.uniform(0, 60, 2), rng.uniform(*size, 2)])
            rows.append((image, int(rng.integers(2)), box.tolist(), rng.random() < 0.1))
            for _ in range(rng.integers(0, 3)):
                near = box + rng.normal(0, 2, 4)
                label = int(rng.integers(2)) if rng.random() < 0.3 else rows[-1][1]
                detections.append(
                    (image, label, [*near[:2], *np.maximum(near[2:], 1)], rng.random())
                )
    return coco(*rows, images=images), found(*detections)


def iou_of(a, b):
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(wide, 0) * max(high, 0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def nwd_of(a, b):
    dx, dy = a[0] + a[2] / 2 - b[0] - b[2] / 2, a[1] + a[3] / 2 - b[1] - b[3] / 2
    return math.exp(
        -math.sqrt(dx**2 + dy**2 + ((a[2] - b[2]) ** 2 + (a[3] - b[3]) ** 2) / 4) / 12.8
    )


def plain_kind(box, label, truth, image, used, tiny):
    """The rules in words, for a detection that found nothing."""
    rows = [
        (number, ann["category_id"] == label, iou_of(box, ann["bbox"]), ann)
        for number, ann in enumerate(truth["annotations"])
        if ann["image_id"] == image and not ann["iscrowd"]
    ]

    def near(iou, ann):
        return iou >= 0.1 or (ann["area"] < tiny**2 and nwd_of(box, ann["bbox"]) >= 0.6)

    own = [row for row in rows if row[1]]
    if any(near(iou, ann) for *_, iou, ann in own) and max(row[2] for row in own) < 0.5:
        return "badly placed"
    if any(not same and iou >= 0.5 for _, same, iou, _ in rows):
        return "confused"
    if any(number in used and same and iou >= 0.5 for number, same, iou, _ in rows):
        return "double"
    return "both" if any(near(iou, ann) for *_, iou, ann in rows) else "background"


@pytest.mark.parametrize("tiny", [0, 8])
@pytest.mark.parametrize("seed", range(3))
def test_a_plain_loop_gives_the_same_kinds(seed, tiny):
    truth, detections = problem(seed)
    judged = judge(truth, detections, PROTOCOL, tiny)
    used = set(judged.rows[judged.states == 0].tolist())
    seen = set()
    for place, kind in enumerate(judged.kinds):
        if KINDS[kind] not in ("found", "ignored"):
            box = judged.detections.xywh[place]
            image = 5 * (int(judged.detections.image_ids[place]) + 1)
            label = int(judged.detections.class_ids[place]) + 1
            assert KINDS[kind] == plain_kind(box, label, truth, image, used, tiny)
        seen.add(KINDS[kind])
    assert len(seen) >= 6


def plain_ap(rows, objects):
    """AP at 101 recalls from ``(score, right)``."""
    if not objects:
        return None
    points, right = [], 0
    for number, (_, hit) in enumerate(sorted(rows, key=lambda row: -row[0]), 1):
        right += hit
        points.append((right / objects, right / number))
    best = [max([p for r, p in points if r >= at], default=0) for at in np.linspace(0, 1, 101)]
    return sum(best) / 101


def plain_lost(judged, kind, classes=2):
    """AP lost to a kind, from right and wrong detections alone."""
    result = []
    for after in (False, True):
        rows, objects = (
            [[] for _ in range(classes)],
            np.bincount(judged.objects.class_ids, minlength=classes),
        )
        fixed = set(np.flatnonzero(judged.states == 0).tolist())
        if after and kind == MISSED:
            objects = objects - np.bincount(
                judged.objects.class_ids[judged.states == MISSED], minlength=classes
            )
        for d in np.argsort(-judged.detections.scores, kind="stable"):
            score, label = judged.detections.scores[d], judged.detections.class_ids[d]
            target, own = judged.targets[d], KINDS[judged.kinds[d]]
            if own == "ignored":
                continue
            if not after or judged.kinds[d] != kind:
                rows[label].append((score, own == "found"))
            elif kind in (BADLY_PLACED, CONFUSED) and target not in fixed:
                fixed.add(target)
                rows[judged.objects.class_ids[target]].append((score, True))
        result.append([plain_ap(*pair) for pair in zip(rows, objects, strict=True)])
    return [1 - b if a is None else a - b for b, a in zip(*result, strict=True)]


@pytest.mark.parametrize("seed", range(2))
def test_a_plain_loop_loses_the_same_ap(seed):
    truth, detections = problem(seed)
    judged = judge(truth, detections, PROTOCOL)
    for kind, lost in lost_ap(truth, judged, PROTOCOL).items():
        assert lost[0] == pytest.approx(plain_lost(judged, kind), abs=1e-12)


def test_each_kind_costs_what_it_should_by_hand():
    # Two objects. One is found; above it stands a detection of background. The other is missed.
    truth = coco((1, 0, BOX), (1, 0, FAR), categories=1)
    judged = judge(truth, found((1, 0, (200, 200, 9, 9), 0.9), (1, 0, BOX, 0.8)), PROTOCOL)
    lost = {kind: values[0, 0] for kind, values in lost_ap(truth, judged, PROTOCOL).items()}
    ap = 51 / 101 / 2  # recall 0.5 at a precision of 0.5
    assert lost[BACKGROUND] == pytest.approx(51 / 101 - ap)
    assert lost[MISSED] == pytest.approx(0.5 - ap)
    assert lost[DOUBLE] == lost[BADLY_PLACED] == 0


def test_a_class_that_is_missed_as_a_whole_loses_everything_to_it():
    truth = coco((1, 0, BOX), (1, 1, FAR))
    lost = lost_ap(truth, judge(truth, found((1, 0, BOX, 0.5)), PROTOCOL), PROTOCOL)
    assert lost[MISSED][0].tolist() == [0, 1]
    assert np.isnan(lost[MISSED][1]).all()  # no very tiny object


def test_the_matrix_adds_up_to_objects_and_detections():
    truth, detections = problem(7)
    judged = judge(truth, detections, PROTOCOL)
    matrix = confusion(judged, 2)
    counted = judged.detections.class_ids[judged.kinds != KINDS.index("ignored")]
    assert matrix[:2].sum(1).tolist() == np.bincount(judged.objects.class_ids).tolist()
    assert matrix[:, :2].sum(0).tolist() == np.bincount(counted).tolist()
    assert matrix[0, 0] == ((judged.states == 0) & (judged.objects.class_ids == 0)).sum()


def test_the_calibration_error_by_hand():
    scores, right = (
        np.array([0.95, 0.92, 0.31, 0.0, 1.0]),
        np.array([True, False, True, False, True]),
    )
    found = calibration(scores, right)
    # Bins of 0.9 to 1 (2 of 3 right), 0.3 (1 of 1), 0 (0 of 1).
    assert found.error == pytest.approx((abs(2 - 2.87) + abs(1 - 0.31) + 0) / 5)
    assert found.counts.tolist() == [1, 0, 0, 1, 0, 0, 0, 0, 0, 3]
    assert found.right[9] == pytest.approx(2 / 3)
    assert np.isnan(calibration(scores[:0], right[:0]).error)
