"""mmdet's inferencer and tools on our configs, and sahi, which builds on that inferencer."""

import mmcv
import numpy as np
import pytest
import torch
from mmdet.apis import DetInferencer
from mmdet.datasets import get_loading_pipeline
from mmengine.registry import MODELS, TRANSFORMS, init_default_scope

from tinydet.configuration import load_config
from tinydet.datasets.loading import LoadImageFromFile
from tinydet.inference.detector import Detector

CONFIGS = [
    "faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic",
    pytest.param(
        "lrnet/lrnet_n_14e_synthetic",
        marks=pytest.mark.skipif("not __import__('tinydet').compat.has_mmyolo()"),
    ),
]


class Sahis(DetInferencer):
    """What sahi 0.12.8's model type ``mmdet`` does with a pipeline; sahi is no requirement."""

    def _init_pipeline(self, cfg):
        steps = cfg.test_dataloader.dataset.pipeline
        assert self._get_transform_idx(steps, "LoadImageFromFile") == 0
        assert self._get_transform_idx(steps, "Resize") == 1
        return super()._init_pipeline(cfg)


@pytest.fixture
def config(request, monkeypatch):
    monkeypatch.chdir(request.config.rootpath)
    return load_config(f"configs/{request.param}.py")


@pytest.mark.parametrize("config", CONFIGS, indirect=True)
def test_files_and_arrays_give_the_predictions_of_our_own_tool(config, tiny_data, tmp_path):
    init_default_scope("mmdet")
    torch.manual_seed(0)
    model = MODELS.build(config.model).eval()
    torch.save(dict(state_dict=model.state_dict()), tmp_path / "x.pth")
    image = tiny_data / "val" / "1.png"
    inferencer = Sahis(config, str(tmp_path / "x.pth"), device="cpu", show_progress=False)
    assert type(inferencer.pipeline.transforms[0].from_file) is LoadImageFromFile
    ours = Detector(config, tmp_path / "x.pth", device="cpu", score_thr=0)(image)
    for given in (str(image), mmcv.imread(str(image))):
        (theirs,) = inferencer(given, no_save_vis=True)["predictions"]
        assert theirs["scores"], "random weights find something"
        np.testing.assert_allclose(theirs["scores"], ours.scores, rtol=1e-6)
        np.testing.assert_allclose(theirs["bboxes"], ours.boxes, atol=1e-4)


@pytest.mark.parametrize("config", CONFIGS, indirect=True)
def test_the_loading_part_of_a_pipeline_is_found(config):
    init_default_scope("mmdet")
    steps = get_loading_pipeline(config.train_dataloader.dataset.pipeline)
    assert [step.type for step in steps] == ["tinydet.LoadImageFromFile", "mmdet.LoadAnnotations"]
    with pytest.raises(AssertionError, match="must include loading image"):
        get_loading_pipeline(config.train_dataloader.dataset.pipeline[1:])


def test_the_arguments_of_a_loader_reach_the_inferencers():
    init_default_scope("mmdet")
    loader = TRANSFORMS.build(dict(type="mmdet.InferencerLoader", to_float32=True))
    assert loader(np.zeros((2, 2, 3), np.uint8))["img"].dtype == np.float32
    assert loader.from_file.to_float32
