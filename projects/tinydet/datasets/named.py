"""Named data sets: their classes in the official order, and where to get the files."""

from __future__ import annotations

from mmdet.datasets import CocoDataset

from tinydet.datasets.coco import TinyCocoDataset
from tinydet.datasets.palette import PALETTE, class_colors
from tinydet.registry import DATASETS

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
DOTAV2_CLASSES = (
    *("plane", "baseball-diamond", "bridge", "ground-track-field", "small-vehicle"),
    *("large-vehicle", "ship", "tennis-court", "basketball-court", "storage-tank"),
    *("soccer-ball-field", "roundabout", "harbor", "swimming-pool", "helicopter"),
    *("container-crane", "airport", "helipad"),
)
SODAA_CLASSES = (
    *("airplane", "helicopter", "small-vehicle", "large-vehicle", "ship"),
    *("container", "storage-tank", "swimming-pool", "windmill"),
)
SODAD_CLASSES = (
    *("people", "rider", "bicycle", "motor", "vehicle"),
    *("traffic-sign", "traffic-light", "traffic-camera", "warning-cone"),
)
VISDRONE_CLASSES = (
    *("pedestrian", "people", "bicycle", "car", "van"),
    *("truck", "tricycle", "awning-tricycle", "bus", "motor"),
)


def _colored(classes: tuple[str, ...]) -> dict:
    """Return the meta information of many classes, each in a color of its own."""
    colors = class_colors(len(classes)).tolist()
    return dict(classes=classes, palette=[tuple(color) for color in colors])


@DATASETS.register_module()
class AITODDataset(TinyCocoDataset):
    """AI-TOD: 28,036 aerial images of 800 x 800 px, eight classes, mean object 12.8 px."""

    METAINFO = dict(classes=AITOD_CLASSES, palette=list(PALETTE))
    HOW_TO_GET = (
        "AI-TOD is made from DOTA, xView, VisDrone, Airbus Ship and DIOR with its authors' tool "
        "(github.com/jwwangchn/AI-TOD); expected: data/AI-TOD/annotations/"
        "aitod_{trainval,test}_v1_1.0.json and data/AI-TOD/images/{trainval,test}/, "
        "or set AITOD_ROOT"
    )


@DATASETS.register_module()
class AITODv2Dataset(TinyCocoDataset):
    """AI-TOD-v2 (arXiv:2206.13996): AI-TOD's images with new labels, the same classes."""

    METAINFO = AITODDataset.METAINFO
    HOW_TO_GET = (
        "AI-TOD-v2 is AI-TOD with the labels of chasel-tsui.github.io/AI-TOD-v2; expected: "
        "data/AI-TODv2/annotations/aitodv2_{trainval,test}.json and "
        "data/AI-TODv2/images/{trainval,test}/, or set AITODV2_ROOT; see docs/data.md"
    )


@DATASETS.register_module()
class SyntheticAerialDataset(TinyCocoDataset):
    """Synthetic aerial scenes made by tinydet, with AI-TOD's classes and object sizes."""

    METAINFO = dict(classes=AITOD_CLASSES, palette=list(PALETTE))
    HOW_TO_GET = "make the data set with: python tools/data/make_synthetic.py --out data/synthetic"


@DATASETS.register_module()
class SyntheticScenesDataset(SyntheticAerialDataset):
    """Large scenes of the embedded synthetic world: objects of 4 to 20 px and long bridges."""

    HOW_TO_GET = "make it by: python tools/data/make_synthetic.py --scene 2048"


@DATASETS.register_module()
class HITUAVDataset(TinyCocoDataset):
    """HIT-UAV thermal drone images (Suo et al., Scientific Data 10, 227, 2023)."""

    METAINFO = dict(classes=("person", "car", "bicycle"), palette=list(PALETTE[:3]))
    HOW_TO_GET = (
        "expected: data/hituav/{train,val}.json and data/hituav/images/ "
        "(links to the files are enough), or set HITUAV_ROOT"
    )


@DATASETS.register_module()
class DOTAv2Dataset(TinyCocoDataset):
    """DOTA-v2.0 (arXiv:2102.12219): horizontal boxes around its objects, on tiles of 1024 px."""

    METAINFO = _colored(DOTAV2_CLASSES)
    HOW_TO_GET = (
        "DOTA-v2.0 is at captain-whu.github.io/DOTA; expected, as tiles: "
        "data/DOTA-V2.0/hbb/dota_v2.0_{train,val}.json and data/DOTA-V2.0/hbb/{train,val}/, "
        "or set DOTAV2_ROOT; see docs/data.md"
    )


@DATASETS.register_module()
class COCODataset(TinyCocoDataset):
    """COCO 2017 with the 80 classes of mmdet, for mmdet's and mmyolo's pipelines."""

    METAINFO = CocoDataset.METAINFO
    HOW_TO_GET = (
        "COCO is at cocodataset.org; expected: data/coco/annotations/instances_{train,val}2017.json"
        " and data/coco/{train,val}2017/, or set COCO_ROOT"
    )


@DATASETS.register_module()
class SODADDataset(TinyCocoDataset):
    """SODA-D (arXiv:2207.14096): tiles of 800 px of driving scenes, nine classes."""

    METAINFO = _colored(SODAD_CLASSES)
    HOW_TO_GET = (
        "SODA-D is at shaunyuan22.github.io/SODA and is cut by its authors' tool; expected: "
        "data/SODA-D/divData/Annotations/{train,val,test}.json, "
        "data/SODA-D/divData/Images/{train,val,test}/ and "
        "data/SODA-D/rawData/Annotations/{val,test}.json, or set SODAD_ROOT; see docs/data.md"
    )


@DATASETS.register_module()
class SODAADataset(TinyCocoDataset):
    """SODA-A (arXiv:2207.14096): horizontal boxes on tiles of 800 px of aerial images."""

    METAINFO = _colored(SODAA_CLASSES)
    HOW_TO_GET = (
        "SODA-A is at shaunyuan22.github.io/SODA and is cut by its authors' tool; expected: "
        "data/SODA-A/divData/{train,val,test}.json and data/SODA-A/rawData/{val,test}.json, which "
        "python tools/data/convert.py --from sodaa --to coco makes, and "
        "data/SODA-A/divData/{train,val,test}/Images/, or set SODAA_ROOT; see docs/data.md"
    )


@DATASETS.register_module()
class VisDroneDataset(TinyCocoDataset):
    """VisDrone2019-DET (arXiv:2001.06303): 6,471 + 548 + 1,610 images, ten classes."""

    METAINFO = _colored(VISDRONE_CLASSES)
    HOW_TO_GET = (
        "VisDrone2019-DET is at github.com/VisDrone/VisDrone-Dataset; expected: "
        "data/VisDrone/VisDrone2019-DET-{train,val,test-dev}/images/ and "
        "data/VisDrone/annotations/visdrone_{train,val,test-dev}.json, which python "
        "tools/data/convert.py --from visdrone --to coco --ann data/VisDrone --out "
        "data/VisDrone/annotations makes, or set VISDRONE_ROOT"
    )
