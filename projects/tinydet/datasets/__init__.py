from tinydet.compat.inferencers import load_as_configs_do
from tinydet.datasets.coco import TinyCocoDataset
from tinydet.datasets.loading import LoadImageFromFile
from tinydet.datasets.named import (
    AITODDataset,
    AITODv2Dataset,
    COCODataset,
    DOTAv2Dataset,
    HITUAVDataset,
    SODAADataset,
    SODADDataset,
    SyntheticAerialDataset,
    SyntheticScenesDataset,
    VisDroneDataset,
)
from tinydet.datasets.voc import VOCDataset
from tinydet.datasets.wrappers import install

install()
load_as_configs_do()

__all__ = [
    "AITODDataset",
    "AITODv2Dataset",
    "COCODataset",
    "DOTAv2Dataset",
    "HITUAVDataset",
    "LoadImageFromFile",
    "SODAADataset",
    "SODADDataset",
    "SyntheticAerialDataset",
    "SyntheticScenesDataset",
    "TinyCocoDataset",
    "VOCDataset",
    "VisDroneDataset",
]
