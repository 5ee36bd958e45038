"""Stop a training whose heads do not have as many classes as the data.

A forgotten ``num_classes`` trains: mmdet's heads learn 80 classes of which most never occur, and
mmyolo's stop in the loss with two shapes. mmdet's ``NumClassCheckHook`` looks at this only where a
config adds it.
"""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner

from tinydet.errors import InputError
from tinydet.registry import HOOKS


@HOOKS.register_module()
class ClassNumberHook(Hook):
    """Raise :class:`InputError` where a ``num_classes`` differs from the training data's.

    ``tools/train.py`` adds it to every training. Heads of region proposals, which tell objects
    from background, and backbones, which may keep the classes of their own training, are left
    alone, and so are data sets that do not name their classes.
    """

    def before_train(self, runner: Runner) -> None:
        metainfo = runner.train_dataloader.dataset.metainfo
        if isinstance(metainfo, list):  # of a ConcatDataset whose parts differ
            lists = "; ".join(", ".join(one.get("classes", ["none"])) for one in metainfo)
            raise InputError(
                f"the {len(metainfo)} training data sets have different classes ({lists}); give "
                "all of them the same metainfo=dict(classes=...)"
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
