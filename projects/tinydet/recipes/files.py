"""The files of each data set below its folder: what its configs for mmdet and mmyolo share.

Each function returns a dict for every split, ``(train, test)``, which is a data set of a config
without its pipeline.
"""

from __future__ import annotations

from tinydet.datasets.categories import read_classes


def _coco(kind: str, root: str, file: str, images: str, **more) -> dict:
    """Return a data set of a COCO JSON and a folder of images."""
    return dict(
        type=f"tinydet.{kind}",
        data_root=root,
        ann_file=file,
        data_prefix=dict(img=f"{images}/"),
        **more,
    )


def aitod(root: str) -> tuple[dict, dict]:
    """AI-TOD, trainval and test."""
    return tuple(
        _coco("AITODDataset", root, f"annotations/aitod_{split}_v1_1.0.json", f"images/{split}")
        for split in ("trainval", "test")
    )


def aitodv2(root: str) -> tuple[dict, dict]:
    """AI-TOD-v2, trainval and test: AI-TOD's images with new labels (arXiv:2206.13996)."""
    return tuple(
        _coco("AITODv2Dataset", root, f"annotations/aitodv2_{split}.json", f"images/{split}")
        for split in ("trainval", "test")
    )


def coco(root: str) -> tuple[dict, dict]:
    """COCO 2017, train and val."""
    return tuple(
        _coco("COCODataset", root, f"annotations/instances_{split}.json", split)
        for split in ("train2017", "val2017")
    )


def dotav2(root: str) -> tuple[dict, dict]:
    """DOTA-v2.0, train and val: horizontal boxes on tiles of 1024 px."""
    return tuple(
        _coco("DOTAv2Dataset", root, f"dota_v2.0_{split}.json", split) for split in ("train", "val")
    )


def hituav(root: str) -> tuple[dict, dict]:
    """HIT-UAV, train and val: thermal images of a drone at half resolution."""
    return tuple(
        _coco("HITUAVDataset", root, f"{split}.json", "images") for split in ("train", "val")
    )


def sodaa(root: str) -> tuple[dict, dict, dict]:
    """SODA-A, train, val and test: tiles of 800 px with horizontal boxes."""
    return tuple(
        _coco("SODAADataset", root, f"divData/{split}.json", f"divData/{split}/Images")
        for split in ("train", "val", "test")
    )


def sodad(root: str) -> tuple[dict, dict, dict]:
    """SODA-D, train, val and test: tiles of 800 px."""
    return tuple(
        _coco("SODADDataset", root, f"divData/Annotations/{split}.json", f"divData/Images/{split}")
        for split in ("train", "val", "test")
    )


def synthetic(root: str) -> tuple[dict, dict]:
    """The embedded aerial scenes, train and val."""
    return tuple(
        _coco("SyntheticAerialDataset", root, f"annotations/{split}.json", split)
        for split in ("train", "val")
    )


def scenes(root: str) -> tuple[dict, dict]:
    """The embedded large scenes, train and val."""
    return tuple(
        _coco("SyntheticScenesDataset", root, f"annotations/{split}.json", split)
        for split in ("train", "val")
    )


def visdrone(root: str, test_split: str) -> tuple[dict, dict, dict]:
    """VisDrone2019-DET, train, val and what it is tested on: val or test-dev.

    The labels are those of tools/data/convert.py --from visdrone.
    """
    return tuple(
        _coco(
            "VisDroneDataset",
            root,
            f"annotations/visdrone_{split}.json",
            f"VisDrone2019-DET-{split}/images",
        )
        for split in ("train", "val", test_split)
    )


def voc(root: str) -> tuple[dict, dict]:
    """Pascal VOC, trainval of 2007 and 2012, and test of 2007."""
    kind = dict(type="tinydet.VOCDataset", data_root=root)
    return dict(kind, years=(2007, 2012)), dict(kind, years=(2007,), split="test")


def own(root: str, names: str) -> tuple[dict, dict]:
    """Your COCO JSON: ``train.json``, ``val.json`` and ``images/``.

    Reads ``train.json`` while the config is loaded: the heads are built for a number of classes,
    which only that file or its user knows. ``--cfg-options data_root=...`` comes after the reading,
    too late.

    Args:
        root: The folder.
        names: Names of the classes to learn with commas between, or ``"all"``.

    Raises:
        InputError: The file is missing or is no COCO JSON, or a name is none of its classes.
    """
    classes = read_classes(f"{root}/train.json", names)
    return tuple(
        _coco("TinyCocoDataset", root, f"{split}.json", "images", metainfo=dict(classes=classes))
        for split in ("train", "val")
    )


def labels(data: dict) -> str:
    """Return the path of the annotations of a data set, for its evaluator."""
    return f"{data['data_root']}/{data['ann_file']}"


def soda_metric(data: dict, **changes) -> dict:
    """Return SODA's evaluator of a data set of tiles, on the pictures that they were cut from."""
    ann_file = labels(data)
    whole = ann_file.replace("/divData/", "/rawData/")
    return dict(type="tinydet.SODAMetric", ann_file=ann_file, whole_ann_file=whole, **changes)


def by_aitod_metric(evaluator: dict) -> dict:
    """Return AI-TOD's evaluator in place of another, on the same annotations.

    The tables of LR-Net and SARL print VisDrone by AI-TOD's size ranges. How they treat the ignored
    regions is not known; here they are background.
    """
    return dict(_delete_=True, type="tinydet.AITODMetric", ann_file=evaluator["ann_file"])
