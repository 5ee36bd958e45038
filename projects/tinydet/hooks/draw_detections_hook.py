"""Pictures of the detections of a test run, readable for tiny boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mmengine.hooks import Hook
from mmengine.runner import Runner
from PIL import Image

from tinydet.registry import HOOKS
from tinydet.visualization.draw import Objects
from tinydet.visualization.panels import picture


@HOOKS.register_module()
class DrawDetectionsHook(Hook):
    """Write one picture an image while a detector is tested.

    Args:
        out_dir: Folder of the pictures; made if it is not there.
        score_thr: Detections below it are not drawn.
    """

    def __init__(self, out_dir: str, score_thr: float = 0.3) -> None:
        self.out_dir = Path(out_dir)
        self.score_thr = score_thr

    def before_test(self, runner: Runner) -> None:
        self.out_dir.mkdir(parents=True, exist_ok=True)
        self.classes = runner.test_dataloader.dataset.metainfo["classes"]

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: list = ()
    ) -> None:
        for sample in outputs:
            found = sample.pred_instances.cpu().numpy()
            sure = found.scores >= self.score_thr
            objects = Objects(found.bboxes[sure], found.labels[sure], found.scores[sure])
            with Image.open(sample.img_path) as image:
                drawn = picture(np.asarray(image.convert("RGB")), objects, self.classes)
            # The id keeps apart files of one name in different folders.
            name = f"{Path(sample.img_path).stem}_{sample.img_id}.png"
            Image.fromarray(drawn).save(self.out_dir / name)
