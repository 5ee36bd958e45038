"""Where the detections go; whole runs of the tool are in test_train.py."""

import numpy as np
import pytest
import torch
from config_tree import ROOT
from mmcv.transforms import Compose
from mmengine.dataset import pseudo_collate
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import InstanceData
from PIL import Image

from tinydet.errors import InputError


@pytest.fixture
def config_of(tool, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)

    def make(config, *options):
        test = tool("test")
        return test.test_config(test.parse_args([f"configs/{config}.py", "best.pth", *options]))

    return make


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ("lrnet/lrnet_n_1500e_aitod", "out_file"),
        ("lrnet/lrnet_n_300e_visdrone", "out_dir"),
        ("lrnet/lrnet_n_300e_coco", "outfile_prefix"),
    ],
)
def test_each_evaluator_is_told_where_to_write(config_of, config, key):
    assert config_of(config, "--out", "there").test_evaluator[key] == "there"
    assert config_of(config).test_evaluator.get(key) is None


def test_an_evaluator_that_writes_nothing(config_of):
    with pytest.raises(InputError, match=r"--out: test_evaluator is 'mmdet.VOCMetric'; use one of"):
        config_of("lrnet/lrnet_n_300e_voc", "--out", "there")


def test_of_several_evaluators_the_first_that_writes_is_told(tool, tmp_path):
    parent = ROOT / "configs/lrnet/lrnet_n_1500e_aitod.py"
    path = tmp_path / "two.py"
    path.write_text(
        f"_base_ = {str(parent)!r}\n"
        "test_evaluator = [dict(type='mmdet.VOCMetric'), _base_.val_evaluator]\n"
    )
    test = tool("test")
    config = test.test_config(test.parse_args([str(path), "best.pth", "--out", "there"]))
    assert [evaluator.get("out_file") for evaluator in config.test_evaluator] == [None, "there"]


@pytest.mark.parametrize("name", ["results.pkl", "results.pickle"])
def test_a_pickle_is_written_beside_any_evaluator(config_of, name):
    *others, dump = config_of("lrnet/lrnet_n_300e_voc", "--out", name).test_evaluator
    assert [evaluator.type for evaluator in others] == ["mmdet.VOCMetric"]
    assert dump == dict(type="mmdet.DumpDetResults", out_file_path=name)


def test_augmentation_by_the_lines_of_a_config(tool, tmp_path, capsys):
    parent = ROOT / "configs/lrnet/lrnet_n_1500e_aitod.py"
    path = tmp_path / "tta.py"
    path.write_text(
        f"_base_ = {str(parent)!r}\n"
        "tta_model = dict(type='DetTTAModel')\ntta_pipeline = [dict(type='TestTimeAug')]\n"
        "test_dataloader = dict(dataset=dict(_delete_=True, type='Outer', datasets=[\n"
        "    dict(type='Inner', pipeline=[]), dict(type='Inner', pipeline=[])]))\n"
    )
    test = tool("test")
    config = test.test_config(test.parse_args([str(path), "best.pth", "--tta"]))
    for inner in config.test_dataloader.dataset.datasets:
        assert inner.pipeline == [dict(type="TestTimeAug")]
    assert config.model.type == "DetTTAModel"
    assert config.model.module.type == "YOLODetector"
    config = test.test_config(test.parse_args([str(path), "best.pth"]))
    assert config.model.type == "YOLODetector"
    assert "no effect without --tta" in "".join(capsys.readouterr())


def test_augmentation_where_the_config_says_nothing_of_it(config_of, tool, tmp_path):
    config = config_of("faster_rcnn/faster-rcnn_r50_fpn_1x_aitod", "--tta")
    load, several = config.test_dataloader.dataset.pipeline
    assert load.type == "tinydet.LoadImageFromFile"
    (plain, mirrored), *rest = several.transforms
    assert (plain.prob, mirrored.prob) == (0.0, 1.0)
    assert [step.type for (step,) in rest] == [
        "mmdet.Resize",
        "mmdet.LoadAnnotations",
        "mmdet.PackDetInputs",
    ]
    assert {"scale_factor", "flip", "flip_direction"} <= set(rest[-1][0].meta_keys)
    tested = config.model.module.test_cfg.rcnn
    assert config.model.tta_cfg == dict(nms=tested.nms, max_per_img=tested.max_per_img)
    parent = ROOT / "configs/faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"
    path = tmp_path / "twice.py"
    path.write_text(
        f"_base_ = {str(parent)!r}\n"
        "model = dict(_delete_=True, type='DetTTAModel', module=_base_.model)\n"
    )
    test = tool("test")
    with pytest.raises(InputError, match="is already a DetTTAModel; leave --tta out"):
        test.test_config(test.parse_args([str(path), "best.pth", "--tta"]))


class Brightest(torch.nn.Module):
    """A detector that finds the brightest pixel of an image, in pixels of the file's image."""

    def test_step(self, data):
        for image, sample in zip(data["inputs"], data["data_samples"], strict=True):
            y, x = divmod(int(image[0].argmax()), image.shape[-1])
            top, _, left, _ = sample.get("pad_param", (0, 0, 0, 0))
            corner = torch.tensor([x - left, y - top]) / torch.tensor(sample.scale_factor)
            sample.pred_instances = InstanceData(
                bboxes=torch.cat([corner, corner + 1])[None].float(),
                scores=torch.ones(1),
                labels=torch.zeros(1, dtype=torch.int64),
            )
        return data["data_samples"]


@pytest.mark.parametrize("config", ["faster_rcnn/faster-rcnn_r18_fpn", "lrnet/lrnet_n"])
def test_the_views_of_an_image_agree_where_its_object_is(config_of, tmp_path, config):
    pixels = np.zeros((60, 40), np.uint8)  # LetterResize pads it on the left and on the right
    pixels[10:12, 30:32] = 255
    Image.fromarray(pixels).save(tmp_path / "x.png")
    config = config_of(f"{config}_14e_synthetic", "--tta")
    init_default_scope("mmdet")
    source = dict(img_path=str(tmp_path / "x.png"), img_id=7, instances=[])
    data = Compose(config.tta_pipeline)(source)
    assert not torch.equal(*data["inputs"])
    model = MODELS.build(dict(config.tta_model, module=Brightest()))
    (sample,) = model.test_step(pseudo_collate([data]))
    assert sample.img_id == 7
    centers = sample.pred_instances.bboxes[:, :2]
    assert ((centers > torch.tensor([29.5, 9.5])) & (centers < torch.tensor([32.5, 12.5]))).all()
