"""The named sets: classes in the order of the published annotation files, and the way to them."""

import pytest

from tinydet.datasets import (
    AITODDataset,
    AITODv2Dataset,
    COCODataset,
    DOTAv2Dataset,
    HITUAVDataset,
    SyntheticAerialDataset,
    TinyCocoDataset,
    VisDroneDataset,
)
from tinydet.errors import InputError
from tinydet.registry import DATASETS

NAMED = sorted(
    name
    for name, kind in DATASETS.module_dict.items()
    if issubclass(kind, TinyCocoDataset) and kind is not TinyCocoDataset
)

TOOLS = {
    "SyntheticAerialDataset": "python tools/data/make_synthetic.py --out data/synthetic",
    "VisDroneDataset": "python tools/data/convert.py --from visdrone --to coco --ann data/VisDrone",
    "SyntheticScenesDataset": "python tools/data/make_synthetic.py --scene 2048",
}


def test_classes_in_official_order():
    # mmdet/datasets/aitod.py of the AI-TOD authors; HIT-UAV's JSON.
    assert AITODDataset.METAINFO["classes"] == (
        *("airplane", "bridge", "storage-tank", "ship"),
        *("swimming-pool", "vehicle", "person", "wind-mill"),
    )
    assert SyntheticAerialDataset.METAINFO["classes"] == AITODDataset.METAINFO["classes"]
    assert AITODv2Dataset.METAINFO["classes"] == AITODDataset.METAINFO["classes"]
    assert HITUAVDataset.METAINFO["classes"] == ("person", "car", "bicycle")
    # RFLA's mmdet/datasets/dota.py; COCO's ids 1 to 90 in their order.
    dota = DOTAv2Dataset.METAINFO["classes"]
    assert len(dota) == 18
    assert dota[:6] == (
        *("plane", "baseball-diamond", "bridge", "ground-track-field"),
        *("small-vehicle", "large-vehicle"),
    )
    assert dota[-4:] == ("helicopter", "container-crane", "airport", "helipad")
    # Categories 1 to 10 of VisDrone's text files; 0 and 11 are no classes.
    assert VisDroneDataset.METAINFO["classes"] == (
        *("pedestrian", "people", "bicycle", "car", "van"),
        *("truck", "tricycle", "awning-tricycle", "bus", "motor"),
    )
    coco = COCODataset.METAINFO["classes"]
    assert (len(coco), coco[0], coco[11], coco[-1]) == (80, "person", "stop sign", "toothbrush")


@pytest.mark.parametrize("name", NAMED)
def test_each_class_has_its_own_color(name):
    metainfo = DATASETS.get(f"tinydet.{name}").METAINFO
    assert len(set(metainfo["palette"])) == len(metainfo["classes"])


@pytest.mark.parametrize("name", NAMED)
def test_the_error_for_missing_data_says_how_to_get_them(tmp_path, name):
    config = dict(type=f"tinydet.{name}", data_root=str(tmp_path / "gone"), ann_file="a.json")
    with pytest.raises(InputError) as caught:
        DATASETS.build(config)
    assert f"looked for {tmp_path}/gone" in str(caught.value)
    variable = f"set {name.removesuffix('Dataset').upper()}_ROOT"
    assert TOOLS.get(name, variable) in str(caught.value)
