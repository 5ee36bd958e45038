"""Which weights a config asks for."""

from __future__ import annotations

from mmengine.config import Config

from tinydet.configuration.nested import dictionaries
from tinydet.weights.catalogue import SCHEMES

# Parts of a config that load weights; a variable at its top level does not.
PARTS = ("model", "tta_model", "custom_hooks")
# Keys that hold a checkpoint: of init_cfg, of older backbones, of a distilling detector.
KEYS = ("checkpoint", "pretrained", "teacher_ckpt")


def needed(config: Config) -> list[str]:
    """Return the checkpoints that a config names, in order, once each.

    Args:
        config: As it is merged; nothing of it is built.
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
