"""The losses of the validation images, beside AP: where they rise, a training learns by heart."""

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

    A mean over the validation images, of the model that is validated (the moving average where
    there is one). Images and boxes go through the pipeline of ``val_dataloader``, so without
    mosaics and flips: below the training's loss, in general. The numbers go where AP goes, log and
    visualization back-ends, and ``save_best="val_loss"`` and an ``EarlyStoppingHook`` find them.

    Batch normalization uses its running statistics and dropout is off; what is random in a loss,
    such as the sample of an RPN, is drawn from the same seed each time, and the training's own
    random numbers are left alone. ``tools/train.py --val-loss`` adds the hook.

    Raises:
        InputError: Before the training, where there is no validation, no config of its data, or a
            sliced detector.
    """

    priority = "HIGHEST"  # before the moving average goes, and before metrics are logged

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
        # Of the training's batch size: mmyolo's losses are multiplied by it.
        loader["batch_size"] = runner.cfg.train_dataloader.batch_size
        self.loader = runner.build_dataloader(loader)

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        if metrics is not None and hasattr(self, "loader"):
            metrics.update(losses(bare(runner.model), self.loader))


def with_boxes(loader: dict) -> dict:
    """Return a loader's config whose boxes go through all transforms of its pipelines.

    Test pipelines load them last, at the image's own scale: metrics read them from the file.
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
        model: A detector of mmdet or mmyolo; mode, buffers and random numbers are as before.
        loader: Yields batches of images with boxes in the network's pixels.
    """
    sums: dict[str, torch.Tensor] = defaultdict(lambda: torch.zeros((), device=device))
    device = next(model.parameters()).device
    images = torch.zeros((), device=device)
    with _as_in_training(model):
        for batch in loader:
            data = model.data_preprocessor(batch, False)
            _, parts = model.parse_losses(model.loss(data["inputs"], data["data_samples"]))
            images += len(data["inputs"])
            for name, value in parts.items():
                sums[f"val_{name}"] += value * len(data["inputs"])
    together = {**sums, "images": images}
    all_reduce_dict(together)
    count = together.pop("images")
    return {name: (value / count).item() for name, value in together.items()}


@contextmanager
def _as_in_training(model: nn.Module) -> Iterator[None]:
    """Let heads return what losses need, and change nothing by it."""
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
