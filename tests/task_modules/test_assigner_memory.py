"""Rule 6: never more memory than the limit, measured from outside, in a process of its own."""

import os
import subprocess
import sys

import pytest

LIMIT = 32  # MB
ASSIGNERS = {
    "windows": f"HierarchicalAssigner(memory_limit_mb={LIMIT})",
    # a calculator of another kind than mmdet's is asked for tables
    "tables": (
        f"MaxIoUAssigner(0.7, 0.3, 0.3, memory_limit_mb={LIMIT},"
        " iou_calculator=dict(type='tinydet.NWDOverlaps', constant=12.7))"
    ),
    # NWD of at least 1e-9 at C = 100 px is everything within 2,000 px
    "all pairs": f"RankingAssigner(2, 100.0, neg_thr=1e-9, memory_limit_mb={LIMIT})",
}
PROGRAM = """
import resource
import tinydet  # before mmdet: it says where the operators come from
import torch
from mmdet.models.task_modules import AnchorGenerator
from mmengine.structures import InstanceData
from tinydet.task_modules import *

torch.set_num_threads(1)
generator = AnchorGenerator([4, 8, 16, 32], [0.5, 1.0, 2.0], [4])
sizes = [(100, 100), (50, 50), (25, 25), (13, 13)]
pred = InstanceData(priors=torch.cat(generator.grid_priors(sizes, device="cpu")))  # 39,882
random = torch.Generator().manual_seed(0)
corner = 400 * torch.rand(150, 2, generator=random)
boxes = torch.cat([corner, corner + 2 + 30 * torch.rand(150, 2, generator=random)], 1)
gts = InstanceData(bboxes=boxes, labels=torch.zeros(150, dtype=torch.long))
for assigner in (ASSIGNERS):
    assigner.assign(pred[:99], gts[:9])  # loads what is loaded once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (assigner.assign(pred, gts).gt_inds > 0).any()
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


OF_PREDICTIONS = {
    "task-aligned": (
        f"TaskAlignedAssigner(3, memory_limit_mb={LIMIT})"
        "(boxes[None], scores[None], priors, labels[None, :, None].float(), gts[None],"
        " torch.ones(1, len(gts), 1))['fg_mask_pre_prior']"
    ),
    "SimOTA": (
        f"SimOTAAssigner(memory_limit_mb={LIMIT}).assign("
        "InstanceData(priors=priors, bboxes=boxes, scores=scores),"
        " InstanceData(bboxes=gts, labels=labels)).gt_inds > 0"
    ),
}
PREDICTIONS_PROGRAM = """
import resource
import tinydet
import torch
from mmengine.structures import InstanceData
from tinydet.task_modules import *

torch.set_num_threads(1)
random = torch.Generator().manual_seed(0)
levels = []
for stride in (4, 8, 16, 32):
    along = (torch.arange(640 // stride) + 0.5) * stride
    centers = torch.cartesian_prod(along, along).flip(-1)
    levels.append(torch.cat([centers, torch.full_like(centers, stride)], 1))
priors = torch.cat(levels)  # 34,000
half = 2 + 30 * torch.rand(len(priors), 2, generator=random)
boxes = torch.cat([priors[:, :2] - half, priors[:, :2] + half], 1)
scores = torch.rand(len(priors), 3, generator=random)
corner = 340 * torch.rand(150, 2, generator=random)
gts = torch.cat([corner, corner + 2 + 298 * torch.rand(150, 2, generator=random)], 1)
labels = torch.randint(3, (150,), generator=random)
everything = boxes, scores, priors, gts, labels
for expression in (EXPRESSIONS):
    boxes, scores, priors, gts, labels = (part[:99] for part in everything)
    eval(expression)  # loads what is loaded once
    boxes, scores, priors, gts, labels = everything
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert eval(expression).any()
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def megabytes(program, names):
    """Run a program that prints the growth of its memory, MB, a line a name."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", PYTHONPATH=os.pathsep.join(sys.path))
    environment["MALLOC_MMAP_THRESHOLD_"] = "65536"  # glibc gives back at once what is freed
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert run.returncode == 0, run.stderr
    return dict(zip(names, map(int, run.stdout.split()), strict=True))


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units")
def test_rule_6_memory_is_bounded():
    """A table of float32 would take 150 x 39,882 x 4 bytes = 24 MB, mmdet's temporaries 215 MB."""
    growth = megabytes(PROGRAM.replace("ASSIGNERS", ", ".join(ASSIGNERS.values())), ASSIGNERS)
    assert all(grown <= LIMIT for grown in growth.values()), growth


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units")
def test_memory_is_bounded_where_large_objects_hold_most_predictions():
    """300,000 pairs of an object and a prior inside; a table of float32 would take 20 MB."""
    expressions = ", ".join(map(repr, OF_PREDICTIONS.values()))
    growth = megabytes(PREDICTIONS_PROGRAM.replace("EXPRESSIONS", expressions), OF_PREDICTIONS)
    assert all(grown <= LIMIT for grown in growth.values()), growth
