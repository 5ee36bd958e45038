"""Any feature extractor of timm as a backbone.

timm (Apache-2.0) has RepViT, FastViT, StarNet, EfficientNets, Swin and some hundred other families.
timm is an extra of this package, ``pip install -e .[timm]``, and needs torchvision.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import ModuleType

from mmengine.model import BaseModule
from torch import Tensor, nn

from tinydet.checkpoints import read_checkpoint
from tinydet.errors import InputError, did_you_mean
from tinydet.optional import extra
from tinydet.registry import MODELS
from tinydet.weights.catalogue import source_of
from tinydet.weights.download import local_file

FLATTENED = re.compile(r"^(\w+?)_(\d+)\.")  # timm's "stages_0." is "stages.0." of the whole model


@MODELS.register_module()
class TIMMBackbone(BaseModule):
    """A model of timm, cut behind the last map that is asked for.

    The channels of the maps, which necks must be told, are
    ``timm.create_model(name, features_only=True).feature_info.channels()``.

    Args:
        model_name: Name in timm, such as ``repvit_m0_9``.
        strides: Strides of the maps, ascending; of several maps with a stride the last is taken.
        pretrained: Checkpoint of the whole model, a ``.safetensors`` file of timm or a ``.pth``; by
            default the weights are random. Nothing is downloaded by timm.
        **kwargs: Arguments of the model in timm, such as ``dynamic_img_size=True``.

    Shape:
        - input: ``(B, 3, H, W)``
        - output: a tuple of ``(B, C, H / stride, W / stride)``

    Raises:
        InputError: timm or its torchvision is missing; timm has no such model (the nearest names
            are given), cannot use it for features, or does not know an argument; the strides do
            not ascend, or the model has no map of one. In :meth:`init_weights`: the checkpoint
            cannot be read or is not of this model.
    """

    def __init__(
        self,
        model_name: str,
        strides: Sequence[int] = (8, 16, 32),
        pretrained: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__()
        timm = extra("timm", "timm", "tinydet.TIMMBackbone")
        self.model_name = model_name
        self.pretrained = pretrained
        if list(strides) != sorted(set(strides)):
            raise InputError(
                f"strides={tuple(strides)} of tinydet.TIMMBackbone do not ascend; the maps come "
                "from fine to coarse"
            )
        if "out_indices" in kwargs:
            raise InputError("tinydet.TIMMBackbone takes strides in place of timm's out_indices")
        info = _extractor(timm, model_name, **kwargs).feature_info
        places = dict(zip(info.reduction(), info.out_indices, strict=True))
        if not set(strides) <= set(places):
            raise InputError(
                f"strides={tuple(strides)} of tinydet.TIMMBackbone: timm's {model_name} has maps "
                f"of strides {', '.join(map(str, info.reduction()))}; name some of these, or "
                "another model"
            )
        wanted = tuple(places[stride] for stride in strides)
        self.network = _extractor(timm, model_name, out_indices=wanted, **kwargs)
        self.channels_last = str(getattr(self.network, "output_fmt", "")).endswith("NHWC")

    def init_weights(self) -> None:
        """Load ``pretrained``; otherwise leave timm's initialization."""
        if self.pretrained:
            _load(self.network, self.pretrained, self.model_name)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        maps = self.network(x)
        if self.channels_last:
            maps = [level.permute(0, 3, 1, 2).contiguous() for level in maps]
        return tuple(maps)


def _extractor(timm: ModuleType, name: str, **kwargs) -> nn.Module:
    if not timm.is_model(name):
        near = did_you_mean(name, timm.list_models(), count=3)
        raise InputError(
            f"model_name={name!r} of tinydet.TIMMBackbone is not a model of timm "
            f"{timm.__version__}{near}; timm.list_models() lists all"
        )
    try:
        return timm.create_model(name, features_only=True, **kwargs)
    except (AssertionError, AttributeError, RuntimeError, TypeError, ValueError) as error:
        unknown = [key for key in kwargs if f"unexpected keyword argument {key!r}" in str(error)]
        cure = f"leave {unknown[0]} out" if unknown else "choose another model"
        raise InputError(
            f"model_name={name!r} of tinydet.TIMMBackbone: timm {timm.__version__} does not make "
            f"a feature extractor of this model ({error}); {cure}"
        ) from error


def _load(network: nn.Module, name: str, model_name: str) -> None:
    """Load the part of a whole model's checkpoint that a feature extractor has."""
    path = local_file(source_of(name))
    if path.suffix == ".safetensors":
        state = _safetensors(str(path))
    else:
        state = read_checkpoint(path)
        state = state.get("state_dict", state.get("model", state))
    own = {key: value for key, value in network.state_dict().items() if _is_weight(key)}
    found = {key: _published(key, state) for key in own}
    wrong = [key for key in own if found[key] is None or found[key].shape != own[key].shape]
    if wrong:
        raise InputError(
            f"pretrained={name!r} does not hold the weights of timm's {model_name}: "
            f"{len(wrong)} of {len(own)} are missing or have another shape, such as {wrong[0]}"
        )
    network.load_state_dict(found, strict=False)  # without counters of batches


def _safetensors(path: str) -> dict[str, Tensor]:
    reader = extra("safetensors.torch", "timm", "A checkpoint in .safetensors")
    try:
        return reader.load_file(path)
    except Exception as error:  # safetensors raises a class of its Rust library
        raise InputError(f"checkpoint {path} cannot be read by safetensors: {error}") from None


def _is_weight(key: str) -> bool:
    return not key.endswith("num_batches_tracked")


def _published(key: str, state: dict[str, Tensor]) -> Tensor | None:
    """Return the weight that has the key of a feature extractor in the whole model, or None."""
    without_wrapper = key.partition(".")[2]
    for other in (key, FLATTENED.sub(r"\1.\2.", key), without_wrapper):
        if other in state:
            return state[other]
    return None
