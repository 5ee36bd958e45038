"""What of a YOLOv8 of three levels stays in place when P2 joins it.

The top-down half of the neck begins at the coarsest level, and so keeps its numbers. The bottom-up
half and the head begin at the finest: layer 0 there is another one now. Ultralytics' loading by
number and shape, which LR-Net's release uses, finds the same part.
"""

from __future__ import annotations

from tinydet.weights.source import State

STAYING = ("backbone.", "neck.top_down_layers.")


def below_p2(checkpoint: dict) -> State:
    """Return the tensors of the backbone and of the neck's top-down half.

    Args:
        checkpoint: mmyolo's, of a detector on P3 to P5.
    """
    state = checkpoint.get("state_dict", checkpoint)
    return {key: value for key, value in state.items() if key.startswith(STAYING)}
