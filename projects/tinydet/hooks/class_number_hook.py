"""Stop a training whose heads and data differ in the number of classes.

A forgotten ``num_classes`` does not stop mmdet's heads: they learn 80 classes, most of which never
occur. mmyolo's heads stop in the loss with a mismatch of two shapes. mmdet's ``NumClassCheckHook``
checks the number only in configs that add the hook.
"""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner

from tinydet.errors import InputError
from tinydet.registry import HOOKS


@HOOKS.register_module()
class ClassNumberHook(Hook):
    """Raise :class:`InputError` if a ``num_classes`` differs from that of the training data.

    ``tools/train.py`` adds the hook to every training. Not checked are region proposal heads, which
    are class-agnostic; backbones, which may keep the classes of their pretraining; and data sets
    without class names.
    """

    def before_train(self, runner: Runner) -> None:
        metainfo = runner.train_dataloader.dataset.metainfo
        if isinstance(metainfo, list):  # of a ConcatDataset whose parts differ
            lists = "; ".join(", ".join(one.get("classes", ["none"])) for one in metainfo)
            raise InputError(
                f"the {len(metainfo)} training data sets have different classes ({lists}); give "
                "all data sets the same metainfo=dict(classes=...)"
            )
        classes = metainfo.get("classes")
        if classes is None:
            return
        wrong = [
            f"{name}.num_classes={module.num_classes}"
            for name, module in runner.model.named_modules()
            if isinstance(getattr(module, "num_classes", None), int)
            and module.num_classes != len(classes)
            and not {"rpn_head", "backbone"} & set(name.split("."))
        ]
        if wrong:
            raise InputError(
                f"the training data have {len(classes)} classes and the model has "
                f"{', '.join(wrong)}; write num_classes={len(classes)} there"
            )
