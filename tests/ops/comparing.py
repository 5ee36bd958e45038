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
    """Cases and largest differences by operator.

    A difference counts as a share of the expected number, or of 1 where that is smaller.
    """

    def __init__(self):
        self.rows = defaultdict(lambda: [0, 0.0, 0.0])

    def values(self, operator, found, expected, tolerance=0.0):
        """Assert that two results agree."""
        self.rows[operator][0] += 1
        self._note(operator, found, expected, tolerance, 1)

    def gradients(self, operator, found, expected, tolerance=0.0):
        for one, other in zip(found, expected, strict=True):
            self._note(operator, one, other, tolerance, 2)

    def _note(self, operator, found, expected, tolerance, column):
        assert found.shape == expected.shape
        assert found.dtype == expected.dtype
        if not found.numel():
            return
        # Two results that are both no number, or infinite with the same sign, agree.
        agree = (found == expected) | (found.isnan() & expected.isnan())
        found, expected = found.double(), expected.double()
        share = (found - expected).abs() / expected.abs().clamp(min=1)
        share = share.masked_fill(agree, 0)
        assert (share <= tolerance).all(), (operator, share.max())
        row = self.rows[operator]
        row[column] = max(row[column], share.max().item())
