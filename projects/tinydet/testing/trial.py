"""The trial of a cell of the table: build a model, train it for a step, and predict."""

from __future__ import annotations

import logging

import torch
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor, nn

from tinydet.configuration.checks import check_model
from tinydet.log import quiet

SIZE = 64  # px, both sides of the image
# Boxes of 6, 12, 24 and 40 px, two of them overlapping: objects for every pyramid level.
BOXES = [[20, 30, 26, 36], [40, 8, 52, 20], [30, 34, 54, 58], [2, 2, 42, 42], [22, 30, 28, 38]]
LABELS = [0, 1, 2, 0, 1]


def build(model: ConfigDict, seed: int = 0) -> nn.Module:
    """Check and build a model with random weights.

    Raises:
        InputError: See :func:`tinydet.configuration.checks.check_model`.
    """
    yolo = model.type == "YOLODetector" or model.get("_scope_") == "mmyolo"
    with DefaultScope.overwrite_default_scope("mmyolo" if yolo else "mmdet"):
        check_model(model)
        torch.manual_seed(seed)
        detector = MODELS.build(model)
    with quiet(logging.WARNING):
        detector.init_weights()
    return detector


def batch(yolo: bool) -> tuple[Tensor, list[DetDataSample] | dict]:
    """Return two random images and their objects, in the format of the data preprocessor."""
    images = torch.rand(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    boxes, labels = torch.tensor(BOXES, dtype=torch.float), torch.tensor(LABELS)
    if yolo:
        rows = [
            torch.cat([torch.full((len(boxes), 1), float(i)), labels[:, None], boxes], 1)
            for i in range(2)
        ]
        metas = [dict(batch_input_shape=(SIZE, SIZE))] * 2
        return images, dict(bboxes_labels=torch.cat(rows), img_metas=metas)
    return images, [_sample(InstanceData(bboxes=boxes.clone(), labels=labels)) for _ in range(2)]


def _sample(objects: InstanceData | None = None) -> DetDataSample:
    shape = (SIZE, SIZE)
    meta = dict(img_shape=shape, ori_shape=shape, pad_shape=shape, batch_input_shape=shape)
    sample = DetDataSample(metainfo=dict(meta, scale_factor=(1.0, 1.0), img_id=0, img_path="x.png"))
    if objects is not None:
        sample.gt_instances = objects
    return sample


def total_loss(detector: nn.Module) -> Tensor:
    """Return the sum of the losses of one batch."""
    detector.train()
    yolo = hasattr(getattr(detector, "bbox_head", None), "head_module")
    losses = detector(*batch(yolo), mode="loss")
    return detector.parse_losses(losses)[0]


def try_out(model: ConfigDict) -> nn.Module:
    """Build a detector, train it for a step and predict; return the detector.

    Raises:
        AssertionError: The loss or a gradient is not finite, a part has no parameter with a
            gradient, or the predictions are malformed.
    """
    detector = build(model)
    loss = total_loss(detector)
    assert torch.isfinite(loss), f"the loss is {loss.item()}"
    loss.backward()
    gradients = {name: p.grad for name, p in detector.named_parameters() if p.grad is not None}
    assert all(torch.isfinite(g).all() for g in gradients.values()), "a gradient is not finite"
    for part in ("backbone.", "neck", "head."):
        assert any(part in name and g.any() for name, g in gradients.items()), f"{part}: idle"
    torch.optim.SGD(detector.parameters(), 1e-4).step()
    detector.eval()
    with torch.no_grad():
        results = detector.predict(batch(False)[0], [_sample(), _sample()])
    for result in results:
        found = result.pred_instances
        assert found.bboxes.shape == (len(found), 4)
        assert torch.isfinite(found.bboxes).all()
        assert torch.isfinite(found.scores).all()
    return detector
