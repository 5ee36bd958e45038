"""The last epochs of the mosaic configs see whole images, by the pipeline that their hook names."""

from pathlib import Path

import pytest
from mmdet.registry import DATASETS
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from tinydet.configuration import load_config

CONFIGS = Path(__file__).parents[2] / "configs"
HOOKS = {"mmdet.PipelineSwitchHook": "switch_pipeline"}
HOOKS["mmyolo.YOLOXModeSwitchHook"] = "new_train_pipeline"


# A quarter of 640, 800 and 1024 px, to multiples of 32.
@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("yolov8/yolov8_n_1500e_aitod", 160),
        ("yolov8/yolov8_n_300e_voc", 160),
        ("yolov5/yolov5_s_300e_aitodv2", 192),
        ("yolox/yolox_s_300e_dotav2", 256),
    ],
)
def test_whole_images(name, side, make_runnable):
    config = load_config(CONFIGS / f"{name}.py")
    hook = config.custom_hooks[-1]
    assert hook[HOOKS[hook.type]] == config.train_pipeline_stage2
    types = [step.type for step in config.train_pipeline_stage2]
    assert not any("Mosaic" in kind for kind in types)

    config = make_runnable(config, 0.25)
    init_default_scope(config.default_scope)
    data = DATASETS.build(config.train_dataloader.dataset)
    data.pipeline = Compose(config.train_pipeline_stage2)  # as the hooks do
    sample = data[0]
    assert sample["inputs"].shape == (3, side, side)
    assert len(sample["data_samples"].gt_instances) > 0


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("sarl/**/yolox_*.py")), ids=lambda p: p.stem)
def test_only_one_l1_counts(path):
    config = load_config(path)
    loss = config.model.bbox_head.loss_bbox
    has_own = any(hook.type == "mmyolo.YOLOXModeSwitchHook" for hook in config.custom_hooks)
    if loss.type == "tinydet.SFLLoss":
        assert (loss.get("l1_weight") == 0) == has_own
