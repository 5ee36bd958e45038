"""Data sets by name: classes in the official order, and how to get the files."""

from __future__ import annotations

from tinydet.datasets.coco import TinyCocoDataset
from tinydet.registry import DATASETS
from tinydet.visualization.colours import PALETTE

AITOD_CLASSES = (
    "airplane",
    "bridge",
    "storage-tank",
    "ship",
    "swimming-pool",
    "vehicle",
    "person",
    "wind-mill",
)


@DATASETS.register_module()
class AITODDataset(TinyCocoDataset):
    """AI-TOD: 28,036 aerial images of 800 x 800 px, eight classes, mean object 12.8 px."""

    METAINFO = dict(classes=AITOD_CLASSES, palette=list(PALETTE))
    HOW_TO_GET = (
        "AI-TOD is made from DOTA, xView, VisDrone, Airbus Ship and DIOR by its authors' tool "
        "(github.com/jwwangchn/AI-TOD); expected: data/AI-TOD/annotations/"
        "aitod_{trainval,test}_v1_1.0.json and data/AI-TOD/images/{trainval,test}/, "
        "or set AITOD_ROOT"
    )


@DATASETS.register_module()
class SyntheticAerialDataset(TinyCocoDataset):
    """The embedded synthetic scenes, with AI-TOD's classes and sizes."""

    METAINFO = dict(classes=AITOD_CLASSES, palette=list(PALETTE))
    HOW_TO_GET = "make it by: python tools/data/make_synthetic.py --out data/synthetic"


@DATASETS.register_module()
class HITUAVDataset(TinyCocoDataset):
    """HIT-UAV thermal drone images (Suo et al., Scientific Data 10, 227, 2023)."""

    METAINFO = dict(classes=("person", "car", "bicycle"), palette=list(PALETTE[:3]))
    HOW_TO_GET = (
        "expected: data/hituav/{train,val}.json and data/hituav/images/ "
        "(a link to where they are will do), or set HITUAV_ROOT"
    )
