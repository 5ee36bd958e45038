"""Distances between boxes, and the label assigners made from them."""

from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.optional import register_missing
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.hierarchical_assigner import HierarchicalAssigner
from tinydet.task_modules.iou_calculators import (
    DotDOverlaps,
    KLDOverlaps,
    NWDOverlaps,
    SimDOverlaps,
    WassersteinOverlaps,
)
from tinydet.task_modules.max_iou_assigner import MaxIoUAssigner
from tinydet.task_modules.nwd_assigner import NWDAssigner
from tinydet.task_modules.nwd_nms import nwd_nms
from tinydet.task_modules.paqi import PAQI
from tinydet.task_modules.query_count import DensityQueryCount
from tinydet.task_modules.ranking_assigner import RankingAssigner
from tinydet.task_modules.rf_anchor_generator import RFAnchorGenerator
from tinydet.task_modules.simd_assigner import SimDAssigner
from tinydet.task_modules.simota import SimOTAAssigner
from tinydet.task_modules.size_wise_assigner import SizeWiseAssigner
from tinydet.task_modules.threshold_assigner import ThresholdAssigner
from tinydet.task_modules.tiny_l1 import TinyL1Cost

__all__ = [
    "PAQI",
    "DensityQueryCount",
    "DotDOverlaps",
    "HierarchicalAssigner",
    "KLDOverlaps",
    "MaxIoUAssigner",
    "NWDAssigner",
    "NWDOverlaps",
    "RFAnchorGenerator",
    "RankingAssigner",
    "SimDAssigner",
    "SimDOverlaps",
    "SimOTAAssigner",
    "SizeWiseAssigner",
    "ThresholdAssigner",
    "TinyL1Cost",
    "WassersteinOverlaps",
    "nwd_nms",
]

_OF_MMYOLO = ("NWDTaskAlignedAssigner", "TaskAlignedAssigner")

if has_mmyolo():
    from tinydet.task_modules.nwd_task_aligned import NWDTaskAlignedAssigner  # noqa: F401
    from tinydet.task_modules.task_aligned import TaskAlignedAssigner  # noqa: F401

    __all__ += _OF_MMYOLO
else:
    register_missing(*_OF_MMYOLO, needs="mmyolo==0.6.0", why=mmyolo_trouble(), registry=TASK_UTILS)
