"""How many pictures and boxes the authors of data sets published."""

from __future__ import annotations

from typing import NamedTuple

from tinydet.datasets.annotations import some


class Counts(NamedTuple):
    """What a split has.

    Attributes:
        pictures: Pictures.
        boxes: Boxes, or None where no source says.
    """

    pictures: int
    boxes: int | None = None


# AI-TOD: the authors' card, huggingface.co/datasets/jwwangchn/AI-TOD, and the sum of their README,
# github.com/jwwangchn/AI-TOD. AI-TOD-v2 has the same pictures; of its boxes only the sum is quoted,
# as 752,745 and 752,746, so that pictures alone are compared. VisDrone: pictures as in
# docs/data.md, boxes of the validation set as Ultralytics logs them, without those to ignore.
# DOTA-v2.0, whole pictures: docs/en/datasets/obb/dota-v2.md of github.com/ultralytics/ultralytics.
AITOD = dict(
    trainval=Counts(14_018, 353_004),
    test=Counts(14_018, 347_617),
    train=Counts(11_214),
    val=Counts(2_804),
    all=Counts(28_036, 700_621),
)
PUBLISHED = {
    "AITODDataset": AITOD,
    "AITODv2Dataset": {split: Counts(counts.pictures) for split, counts in AITOD.items()},
    "VisDroneDataset": {
        "train": Counts(6_471),
        "val": Counts(548, 38_759),
        "test-dev": Counts(1_610),
    },
    "DOTAv2Dataset": dict(train=Counts(1_830, 268_627), val=Counts(593, 81_048)),
}


def against_published(dataset: str, coco: dict) -> str:
    """Return how a file differs from the published counts of a data set, or an empty string.

    Args:
        dataset: Name of the data set's class; of others than :data:`PUBLISHED`, nothing is known.
        coco: The file. Boxes to ignore are counted by some authors and not by others.
    """
    splits = PUBLISHED.get(dataset)
    if not splits:
        return ""
    pictures, rows = len(coco["images"]), coco["annotations"]
    boxes = {None, len(rows), sum(not row.get("ignore") for row in rows)}
    alike = {split: known for split, known in splits.items() if known.pictures == pictures}
    if any(known.boxes in boxes for known in alike.values()):
        return ""
    if alike:
        published = some(f"{known.boxes:,} ({split})" for split, known in alike.items())
        return f"{len(rows):,} boxes; published for {pictures:,} pictures: {published}"
    published = some(f"{known.pictures:,} ({split})" for split, known in splits.items())
    tiles = "; no counts of tiles are published" if dataset == "DOTAv2Dataset" else ""
    return f"{pictures:,} pictures; published: {published}{tiles}"
