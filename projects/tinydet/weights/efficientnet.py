"""EfficientNet-Lite0 of ``efficientnet-lite-pytorch`` under mmdet's names.

The package numbers the blocks ``_blocks.0`` to ``_blocks.15``; mmdet groups blocks by stride.
"""

from __future__ import annotations

from tinydet.weights.source import State

GROUPS = (1, 2, 2, 6, 5)  # blocks of mmdet's layers 1 to 5
PARTS = {  # within a block
    "_expand_conv": "expand_conv.conv",
    "_bn0": "expand_conv.bn",
    "_depthwise_conv": "depthwise_conv.conv",
    "_bn1": "depthwise_conv.bn",
    "_project_conv": "linear_conv.conv",
    "_bn2": "linear_conv.bn",
}
ENDS = {
    "_conv_stem": "layers.0.conv",
    "_bn0": "layers.0.bn",
    "_conv_head": "layers.6.conv",
    "_bn1": "layers.6.bn",
}


def as_mmdet_names(state: State) -> State:
    """Return the tensors of the backbone under mmdet's names, without the classifier.

    Raises:
        KeyError: A tensor does not belong to EfficientNet-Lite0.
    """
    places = [
        f"layers.{layer}.{block}"
        for layer, count in enumerate(GROUPS, start=1)
        for block in range(count)
    ]
    renamed = {}
    for key, value in state.items():
        *block, module, kind = key.split(".")
        if block:
            renamed[f"{places[int(block[1])]}.{PARTS[module]}.{kind}"] = value
        elif module != "_fc":
            renamed[f"{ENDS[module]}.{kind}"] = value
    return renamed
