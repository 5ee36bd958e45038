"""A torch of whatever build and GPUs ``$HOME/torch.json`` names, for the tests of the set-up.

Fails with the real one's words: without a driver, with one that is too old, without operators.
"""

import json
import os
import sys
from pathlib import Path

facts = json.loads((Path(os.environ["HOME"]) / "torch.json").read_text())
__version__ = facts["version"]


class version:
    cuda = facts["cuda"]


class _C:
    @staticmethod
    def _cuda_getArchFlags():  # noqa: N802
        return facts.get("built", "")


class cuda:
    @staticmethod
    def is_available():
        return bool(facts.get("gpus")) and os.environ.get("CUDA_VISIBLE_DEVICES") != ""

    @staticmethod
    def device_count():
        return len(facts.get("gpus", [])) if cuda.is_available() else 0

    @staticmethod
    def get_device_capability(index):
        return tuple(facts["gpus"][index])

    @staticmethod
    def init():
        raise RuntimeError(facts.get("driver", "Found no NVIDIA driver on your system."))


class Tensor(list):
    def __init__(self, values, device):
        super().__init__(values)
        self.device = device

    def tolist(self):
        return list(self)


def tensor(values, device="cpu"):
    return Tensor(values, device)


class ops:
    class torchvision:
        @staticmethod
        def nms(boxes, scores, threshold):
            if boxes.device == "cuda" and sys.modules["torchvision"].version.cuda is None:
                raise NotImplementedError(
                    "Could not run 'torchvision::nms' with arguments from the 'CUDA' backend."
                )
            return Tensor([1, 2], boxes.device)
