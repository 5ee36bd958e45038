"""The hook stops at a broken box or loss and names images, in mmdet's and mmyolo's batches."""

from types import SimpleNamespace

import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.structures import InstanceData

from tinydet.errors import InputError
from tinydet.hooks import StopAtNaNHook

RUNNER = SimpleNamespace(iter=6)
BOXES = torch.tensor([[0.0, 0, 4, 4], [2, 2, 9, 9]])


def batch_of_mmdet(*boxes, wrap=torch.Tensor.clone):
    samples = []
    for name, of_image in zip("abc", boxes, strict=False):
        sample = DetDataSample(metainfo=dict(img_path=f"{name}.png"))
        sample.gt_instances = InstanceData(bboxes=wrap(of_image))
        samples.append(sample)
    return dict(inputs=[], data_samples=samples)


def batch_of_mmyolo(*boxes):
    rows = [
        torch.cat([torch.full((len(of_image), 1), float(i)), of_image[:, :1], of_image], 1)
        for i, of_image in enumerate(boxes)
    ]
    paths = [f"{name}.png" for name, _ in zip("abc", boxes, strict=False)]
    return dict(inputs=None, data_samples=dict(bboxes_labels=torch.cat(rows), img_paths=paths))


BATCHES = [
    batch_of_mmdet,
    lambda *boxes: batch_of_mmdet(*boxes, wrap=HorizontalBoxes),
    batch_of_mmyolo,
]


@pytest.mark.parametrize("make", BATCHES)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_broken_box_names_its_image(make, value):
    broken = BOXES.clone()
    broken[1, 2] = value
    hook = StopAtNaNHook()
    with pytest.raises(InputError, match=r"iteration 7: boxes of b.png are not finite"):
        hook.before_train_iter(RUNNER, 6, make(BOXES, broken, BOXES[:0]))
    hook.before_train_iter(RUNNER, 6, make(BOXES, BOXES, BOXES[:0]))


@pytest.mark.parametrize("make", BATCHES)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_broken_loss_names_itself_and_all_images(make, value):
    losses = dict(loss_cls=torch.tensor(1.0), loss_bbox=torch.tensor(value), note="no tensor")
    hook, batch = StopAtNaNHook(), make(BOXES, BOXES[:0], BOXES)
    with pytest.raises(
        InputError, match=r"iteration 7: loss_bbox not finite; images of the batch: a.png, b.png, c"
    ):
        hook.after_train_iter(RUNNER, 6, batch, losses)
    hook.after_train_iter(RUNNER, 6, batch, dict(losses, loss_bbox=torch.tensor(2.0)))


def test_a_batch_of_another_form_is_no_error_of_the_hook():
    hook = StopAtNaNHook()
    hook.before_train_iter(RUNNER, 0, None)
    hook.before_train_iter(RUNNER, 0, dict(data_samples=dict(teacher=[], student=[])))
    with pytest.raises(InputError, match="images of the batch: unknown"):
        hook.after_train_iter(RUNNER, 0, None, dict(loss=torch.tensor(float("nan"))))
