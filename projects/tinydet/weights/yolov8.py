"""The weights of a three-level YOLOv8 that fit a YOLOv8 with P2.

The top-down half of the neck starts at the coarsest level, so its layer numbers stay the same. The
bottom-up half and the head start at the finest level, so their layer 0 is a different layer with
P2. Ultralytics loads by number and shape, as LR-Net's release does, and selects the same tensors.
"""

from __future__ import annotations

from tinydet.weights.source import State

STAYING = ("backbone.", "neck.top_down_layers.")


def below_p2(checkpoint: dict) -> State:
    """Return the tensors of the backbone and of the neck's top-down half.

    Args:
        checkpoint: Checkpoint of mmyolo's detector on P3 to P5.
    """
    state = checkpoint.get("state_dict", checkpoint)
    return {key: value for key, value in state.items() if key.startswith(STAYING)}
