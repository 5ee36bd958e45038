"""Trans R-CNN's head: size, gradients, and its place in the RoI heads of mmdet."""

import pytest
import torch

from tinydet.models.heads import TransBBoxHead
from tinydet.testing import trial
from tinydet.testing.hosts import CLASSES, HOSTS, WIDTH

SMALL = dict(in_channels=WIDTH, token_channels=8, embed_dims=16, num_classes=CLASSES)


def test_the_weights_of_the_published_size():
    head = TransBBoxHead(num_classes=8, reg_class_agnostic=True)
    patch, token, embed = 9 * 256, 100, 128
    unfolding = 2 * patch + (patch + 1) * 3 * token  # task tokens, queries to values
    unfolding += 3 * (token + 1) * token + 2 * token  # attention's and the MLP's layers, its norm
    unfolding += 2 * (token + 1) * 9 * token + (9 * token + 1) * embed
    selection = 2 * embed + 3 * embed**2 + (embed + 1) * embed
    predictors = (9 * embed + 1) * (8 + 1 + 4)  # 8 classes and background, 4 sides
    expected = unfolding + selection + predictors
    assert sum(weight.numel() for weight in head.parameters()) == expected


def test_all_weights_train():
    head = TransBBoxHead(**SMALL)
    scores, boxes = head(torch.randn(6, WIDTH, 7, 7))
    assert scores.shape == (6, CLASSES + 1)
    assert boxes.shape == (6, 4 * CLASSES)
    (scores.square().sum() + boxes.square().sum()).backward()
    assert all(weight.grad is not None for weight in head.parameters())
    assert [part.shape[0] for part in head(torch.randn(0, WIDTH, 7, 7))] == [0, 0]


@pytest.mark.parametrize("as_published", [False, True])
@pytest.mark.parametrize("name", ["Faster R-CNN", "Cascade R-CNN"])
def test_detectors_train_with_it(name, as_published):
    model = HOSTS[name].model()
    roi = model.roi_head
    several = isinstance(roi.bbox_head, list)
    made = [
        dict(
            type="tinydet.TransBBoxHead",
            bbox_coder=head.bbox_coder,
            reg_class_agnostic=head.reg_class_agnostic,
            as_published=as_published,
            **SMALL,
        )
        for head in (roi.bbox_head if several else [roi.bbox_head])
    ]
    roi.bbox_head = made if several else made[0]
    trial.try_out(model)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (dict(roi_feat_size=2), "roi_feat_size=2"),
        (dict(token_channels=0), "token_channels=0"),
        (dict(num_heads=5), "num_heads=5 does not divide embed_dims=16"),
    ],
)
def test_bad_arguments_are_named(options, named):
    with pytest.raises(ValueError, match=named):
        TransBBoxHead(**{**SMALL, **options})
