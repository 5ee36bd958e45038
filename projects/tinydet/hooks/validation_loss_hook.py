"""The losses of the validation images beside AP; rising losses show overfitting."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.dist import all_reduce_dict
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from tinydet.checkpoints import bare
from tinydet.configuration.nested import dictionaries
from tinydet.errors import InputError
from tinydet.registry import HOOKS
from tinydet.slicing.detector import SlicedDetector


@HOOKS.register_module()
class ValidationLossHook(Hook):
    """Log ``val_loss``, the sum, and ``val_<name>`` of each loss after every validation.

    The losses are means over the validation images, of the validated model (the moving average if
    there is one). Images and boxes pass the pipeline of ``val_dataloader``, without mosaics and
    flips, so the losses are usually below the training's. The log and the visualization back-ends
    receive the losses beside AP, and ``save_best="val_loss"`` and ``EarlyStoppingHook`` can use
    them.

    Batch normalization uses its running statistics, and dropout is off. Random parts of a loss,
    such as the sampler of an RPN, use the same seed each time; the random state of the training is
    restored. ``tools/train.py --val-loss`` adds the hook.

    Raises:
        InputError: Before the training, where there is no validation, no config of its data, or a
            sliced detector.
    """

    priority = "HIGHEST"  # before the moving average is swapped out and the metrics are logged

    def before_train(self, runner: Runner) -> None:
        loader = runner.cfg.get("val_dataloader")
        if runner.val_loop is None or not isinstance(loader, dict):
            raise InputError("ValidationLossHook: the config has no val_dataloader; add one")
        if isinstance(bare(runner.model), SlicedDetector):
            raise InputError(
                "ValidationLossHook: a tinydet.SlicedDetector is validated on whole pictures and "
                "trained on none; leave --val-loss out, or train the config that it is made from"
            )
        loader = with_boxes(loader)
        # The training's batch size, because mmyolo multiplies its losses by the batch size.
        loader["batch_size"] = runner.cfg.train_dataloader.batch_size
        self.loader = runner.build_dataloader(loader)

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        if metrics is not None and hasattr(self, "loader"):
            metrics.update(losses(bare(runner.model), self.loader))


def with_boxes(loader: dict) -> dict:
    """Return a loader's config whose boxes pass all transforms of its pipelines.

    Test pipelines load the boxes last, at the original scale of the image.
    """
    loader = copy.deepcopy(loader)
    for _, node in dictionaries(loader["dataset"], "dataset"):
        steps = node.get("pipeline") or []
        loads = [step for step in steps if _name(step).endswith("LoadAnnotations")]
        first = [step for step in steps if _name(step).startswith("LoadImage")]
        rest = [step for step in steps if step not in loads and step not in first]
        if steps:
            node["pipeline"] = [*first, *(loads or [BOXES]), *rest]
    return loader


BOXES = dict(type="mmdet.LoadAnnotations", with_bbox=True)


def _name(step: dict) -> str:
    kind = step["type"]
    return getattr(kind, "__name__", kind).rpartition(".")[2]


def losses(model: nn.Module, loader: Any) -> dict[str, float]:
    """Return ``{"val_loss": sum, "val_loss_cls": ...}``, means over the images of a loader.

    Args:
        model: A detector of mmdet or mmyolo; its mode and buffers are restored.
        loader: Batches of images with boxes in pixels of the network input.
    """
    sums: dict[str, torch.Tensor] = defaultdict(lambda: torch.zeros((), device=device))
    device = next(model.parameters()).device
    images = torch.zeros((), device=device)
    with _as_in_training(model):
        for batch in loader:
            data = model.data_preprocessor(batch, False)
            _, parts = model.parse_losses(model(**data, mode="loss"))
            images += len(data["inputs"])
            for name, value in parts.items():
                sums[f"val_{name}"] += value * len(data["inputs"])
    together = {**sums, "images": images}
    all_reduce_dict(together)
    count = together.pop("images")
    return {name: (value / count).item() for name, value in together.items()}


@contextmanager
def _as_in_training(model: nn.Module) -> Iterator[None]:
    """Set a model to training mode without updates; restore mode, buffers and random state."""
    modes = {module: module.training for module in model.modules()}
    buffers = {name: value.clone() for name, value in model.named_buffers()}
    model.train()
    for module in model.modules():
        if isinstance(module, _BatchNorm | _DropoutNd):
            module.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(0)
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        for name, value in model.named_buffers():
            value.copy_(buffers[name])
