"""The trimmed MobileNetV2: mmdet's outputs, and no weight that they do not depend on."""

import pytest
import torch
from mmdet.models.backbones import MobileNetV2

from tinydet.models.backbones import TrimmedMobileNetV2


@pytest.mark.parametrize("out_indices", [(1, 2, 4, 6), (0,), (1, 2, 4, 7)])
def test_outputs_are_mmdets_and_every_weight_has_a_gradient(out_indices):
    torch.manual_seed(0)
    whole = MobileNetV2(out_indices=out_indices)
    trimmed = TrimmedMobileNetV2(out_indices=out_indices)
    result = trimmed.load_state_dict(whole.state_dict(), strict=False)
    assert not result.missing_keys
    assert bool(result.unexpected_keys) == (max(out_indices) < 7)
    image = torch.rand(2, 3, 64, 64)
    outputs = trimmed(image)
    for ours, theirs in zip(outputs, whole(image), strict=True):
        torch.testing.assert_close(ours, theirs)
    sum(output.sum() for output in outputs).backward()
    assert all(weight.grad is not None for weight in trimmed.parameters())
