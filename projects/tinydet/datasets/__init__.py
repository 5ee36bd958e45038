from tinydet.datasets.coco import TinyCocoDataset
from tinydet.datasets.loading import LoadImageFromFile
from tinydet.datasets.named import AITODDataset, HITUAVDataset, SyntheticAerialDataset

__all__ = [
    "AITODDataset",
    "HITUAVDataset",
    "LoadImageFromFile",
    "SyntheticAerialDataset",
    "TinyCocoDataset",
]
