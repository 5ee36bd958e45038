"""Pictures of the detections of a test run, readable for tiny boxes."""

from __future__ import annotations

from pathlib import Path

from mmengine.hooks import Hook
from mmengine.runner import Runner
from PIL import Image

from tinydet.boxes import Boxes
from tinydet.datasets.loading import as_seen
from tinydet.registry import HOOKS
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
        dataset = runner.test_dataloader.dataset
        self.classes = dataset.metainfo["classes"]
        pipeline = getattr(dataset, "pipeline", None)  # a wrapper of data sets has none
        self.transforms = getattr(pipeline, "transforms", ())

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: list = ()
    ) -> None:
        for sample in outputs:
            found = sample.pred_instances.cpu().numpy()
            sure = found.scores >= self.score_thr
            objects = Boxes(found.bboxes[sure], found.labels[sure], found.scores[sure])
            drawn = picture(as_seen(sample.img_path, self.transforms), objects, self.classes)
            # The id keeps apart files of one name in different folders.
            name = f"{Path(sample.img_path).stem}_{sample.img_id}.png"
            Image.fromarray(drawn).save(self.out_dir / name)
