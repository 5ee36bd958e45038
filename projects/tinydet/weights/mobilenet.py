"""torchvision's MobileNetV2 under the names of :class:`mmdet.models.MobileNetV2`.

Paper: MobileNetV2, arXiv:1801.04381, Table 2. Both have the same layers in the same order.
torchvision numbers all blocks, ``features.0`` to ``features.18``, and the layers of a block; mmdet
numbers blocks within a stage and names their layers.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

BLOCKS = (1, 2, 3, 4, 3, 3, 1)  # of the seven stages
PARTS = ("expand_conv", "depthwise_conv", "linear_conv")


def as_mmdet_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of the backbone under mmdet's names, without the classifier.

    Raises:
        KeyError: A tensor does not belong to torchvision's MobileNetV2.
    """
    modules = dict(_modules())
    renamed = {}
    for key, value in state.items():
        module, _, kind = key.rpartition(".")
        if not module.startswith("classifier"):
            renamed[f"{modules[module]}.{kind}"] = value
    return renamed


def _modules() -> Iterator[tuple[str, str]]:
    """Yield the names of each convolution and norm in torchvision and in mmdet."""
    yield from _pair("features.0.0", "features.0.1", "conv1")
    number = 1
    for stage, count in enumerate(BLOCKS, start=1):
        for block in range(count):
            theirs, ours = f"features.{number}.conv", f"layer{stage}.{block}"
            parts = PARTS if number > 1 else PARTS[1:]  # the first block does not expand
            for place, part in enumerate(parts[:-1]):
                yield from _pair(f"{theirs}.{place}.0", f"{theirs}.{place}.1", f"{ours}.{part}")
            last = len(parts) - 1  # no activation, hence no Sequential
            yield from _pair(f"{theirs}.{last}", f"{theirs}.{last + 1}", f"{ours}.{parts[-1]}")
            number += 1
    yield from _pair(f"features.{number}.0", f"features.{number}.1", "conv2")


def _pair(convolution: str, norm: str, ours: str) -> Iterator[tuple[str, str]]:
    yield convolution, f"{ours}.conv"
    yield norm, f"{ours}.bn"
