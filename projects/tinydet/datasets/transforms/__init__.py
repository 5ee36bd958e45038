from tinydet.datasets.transforms.camera_blur import CameraBlur
from tinydet.datasets.transforms.camera_jpeg import CameraJPEG
from tinydet.datasets.transforms.camera_noise import CameraNoise
from tinydet.datasets.transforms.copy_paste import SmallObjectCopyPaste
from tinydet.datasets.transforms.down_up import DownUpJitter
from tinydet.datasets.transforms.mosaic import TinyMosaic
from tinydet.datasets.transforms.object_crop import CropAroundObject
from tinydet.datasets.transforms.quarter_turns import RandomQuarterTurn
from tinydet.datasets.transforms.rotation import RandomRotation

__all__ = [
    "CameraBlur",
    "CameraJPEG",
    "CameraNoise",
    "CropAroundObject",
    "DownUpJitter",
    "RandomQuarterTurn",
    "RandomRotation",
    "SmallObjectCopyPaste",
    "TinyMosaic",
]
