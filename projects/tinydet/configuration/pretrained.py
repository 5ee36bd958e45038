"""The pretrained weights that a config names."""

from __future__ import annotations

from mmengine.config import Config

from tinydet.configuration.nested import dictionaries
from tinydet.weights.catalogue import SCHEMES

# Keys of a config under which weights are named.
PARTS = ("model", "tta_model", "custom_hooks")
# Keys with a checkpoint: in init_cfg, in older backbones, in distillation.
KEYS = ("checkpoint", "pretrained", "teacher_ckpt")


def needed(config: Config) -> list[str]:
    """Return the distinct checkpoints that a config names, in order.

    Args:
        config: A merged config; nothing is built from it.
    """
    names = [config.get("load_from")]
    for part in PARTS:
        for _, node in dictionaries(config.get(part), part):
            names += [
                value
                for key, value in node.items()
                if isinstance(value, str) and (key in KEYS or value.startswith(SCHEMES))
            ]
    return list(dict.fromkeys(filter(None, names)))
