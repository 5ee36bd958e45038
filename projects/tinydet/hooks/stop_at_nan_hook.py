"""Stop a training at the first NaN or infinite box or loss, and name the images of the batch.

mmdet's ``CheckInvalidLossHook`` checks the sum of the losses every 50 iterations and names no
image; by then a checkpoint may contain NaN. This hook checks each iteration: the boxes before the
step, each loss after the step. That takes microseconds on a CPU. On a GPU the hook waits for values
that mmengine fetches for its log in the same iteration anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from tinydet.datasets.annotations import some
from tinydet.errors import InputError
from tinydet.registry import HOOKS

ADVICE = "look at these images and their boxes, or train with a lower learning rate"


@HOOKS.register_module()
class StopAtNaNHook(Hook):
    """Raise :class:`InputError` at the first box or loss that is NaN or infinite.

    ``tools/train.py`` adds the hook to every training. With mosaic or mix-up, an image is made of
    several files; the error names the first file.
    """

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        broken = [path for path, boxes in objects_of(data_batch) if not torch.isfinite(boxes).all()]
        if broken:
            raise InputError(
                f"iteration {runner.iter + 1}: boxes of {some(broken)} are not finite after the "
                "pipeline; python tools/data/check.py finds broken boxes in the annotations"
            )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        broken = [
            name
            for name, value in (outputs or {}).items()
            if isinstance(value, Tensor) and not torch.isfinite(value).all()
        ]
        if broken:
            images = [path for path, _ in objects_of(data_batch)]
            raise InputError(
                f"iteration {runner.iter + 1}: {', '.join(broken)} not finite; images of the "
                f"batch: {some(images, len(images)) or 'unknown'}; {ADVICE}"
            )


def objects_of(data_batch: dict | None) -> Iterator[tuple[str, Tensor]]:
    """Yield image file and ``(M, 4)`` boxes of each image of a batch.

    mmdet's batches contain one sample per image. mmyolo's batches contain rows ``(image, class, x1,
    y1, x2, y2)`` of all images, and the file names that
    :func:`tinydet.compat.collate.extend_yolov5_collate` adds.
    """
    samples = (data_batch or {}).get("data_samples", [])
    if isinstance(samples, dict):
        rows = samples.get("bboxes_labels", torch.zeros(0, 6))
        for number, path in enumerate(samples.get("img_paths", [])):
            yield str(path), rows[rows[:, 0] == number, 2:]
        return
    for sample in samples:
        boxes = sample.gt_instances.bboxes
        yield str(sample.get("img_path")), getattr(boxes, "tensor", boxes)
