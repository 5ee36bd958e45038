"""Losses from their names on a command line: ``RSIoU``, ``SFL(l1_weight=0)``."""

from __future__ import annotations

import ast

from tinydet.errors import InputError
from tinydet.models import losses
from tinydet.models.losses.box_loss import BoxLoss

NAMES = tuple(  # of the losses of boxes; others compare features or DETR's boxes
    name.removesuffix("Loss")
    for name in losses.__all__
    if name != "BoxLoss" and issubclass(getattr(losses, name), BoxLoss)
)


def loss_from_text(text: str) -> BoxLoss:
    """Build a loss with ``reduction="none"``.

    Args:
        text: Name of the class without ``Loss``, and arguments as in Python:
            ``"RSIoU(focal=None, alpha=1)"``.

    Raises:
        InputError: The text is of another form, or the loss refuses an argument.
    """
    try:
        tree = ast.parse(text, mode="eval").body
        name = tree.func if isinstance(tree, ast.Call) else tree
        keywords = tree.keywords if isinstance(tree, ast.Call) else []
        if not isinstance(name, ast.Name) or getattr(tree, "args", ()):
            raise SyntaxError
        arguments = {item.arg: ast.literal_eval(item.value) for item in keywords}
    except (SyntaxError, ValueError):
        raise InputError(
            f"loss {text!r} is not written like RSIoU or RSIoU(focal=None, alpha=1)"
        ) from None
    if name.id not in NAMES:
        raise InputError(f"loss {text!r}: {name.id!r} is none of {', '.join(NAMES)}")
    try:
        return getattr(losses, f"{name.id}Loss")(reduction="none", **arguments)
    except (TypeError, ValueError) as error:
        raise InputError(f"loss {text!r}: {error}") from None
