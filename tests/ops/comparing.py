"""Run mmcv.ops with one extension or another, and keep account of the differences."""

import contextlib
import sys
from collections import defaultdict

import torch


@contextlib.contextmanager
def calling(extension):
    """Let all of mmcv.ops call this extension."""
    users = {
        name: module
        for name, module in sys.modules.items()
        if name.startswith("mmcv.ops.") and hasattr(module, "ext_module")
    }
    before = {name: module.ext_module for name, module in users.items()}
    for module in users.values():
        module.ext_module = extension
    try:
        yield
    finally:
        for name, module in users.items():
            module.ext_module = before[name]


def outcome(function, tensors, extension):
    """Return the function's value and the gradients of its tensors, under an extension."""
    own = [tensor.detach().clone().requires_grad_(tensor.requires_grad) for tensor in tensors]
    with calling(extension):
        value = function(*own)
        if value.requires_grad:
            weights = torch.linspace(-1, 1, value.numel(), dtype=torch.float64).view_as(value)
            value.backward(weights.to(value))
    return value.detach(), [tensor.grad for tensor in own if tensor.requires_grad]


class Ledger:
    """Cases and largest differences by operator."""

    def __init__(self):
        self.rows = defaultdict(lambda: [0, 0.0, 0.0])

    def note(self, operator, found, expected, tolerance, column):
        assert found.shape == expected.shape
        assert found.dtype == expected.dtype
        difference = 0.0
        if found.numel():
            # Of two results that are no number, or infinite with the same sign, none is wrong.
            same = (found == expected) | (found.isnan() & expected.isnan())
            difference = (found.double() - expected.double()).abs().masked_fill(same, 0)
            scale = expected.double().abs().masked_fill(same, 0).clamp(min=1)
            assert (difference <= tolerance * scale).all(), (operator, difference.max())
            difference = difference.max().item()
        row = self.rows[operator]
        row[column] = max(row[column], difference)

    def values(self, operator, found, expected, tolerance=0.0):
        """Assert that two results agree to a share of the larger of 1 and the number."""
        self.rows[operator][0] += 1
        self.note(operator, found, expected, tolerance, 1)

    def gradients(self, operator, found, expected, tolerance=0.0):
        for one, other in zip(found, expected, strict=True):
            self.note(operator, one, other, tolerance, 2)
