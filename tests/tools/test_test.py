"""Where the detections go; whole runs of the tool are in test_train.py."""

from pathlib import Path

import pytest

from tinydet.errors import InputError

ROOT = Path(__file__).parents[2]


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
        ("lrnet/lrnet_n_aitod", "out_file"),
        ("lrnet/lrnet_n_visdrone", "out_dir"),
        ("lrnet/lrnet_n_coco", "outfile_prefix"),
    ],
)
def test_each_evaluator_is_told_where_to_write(config_of, config, key):
    assert config_of(config, "--out", "there").test_evaluator[key] == "there"
    assert config_of(config).test_evaluator.get(key) is None


def test_an_evaluator_that_writes_nothing(config_of):
    with pytest.raises(InputError, match=r"--out: test_evaluator is 'mmdet.VOCMetric'; those"):
        config_of("lrnet/lrnet_n_voc", "--out", "there")


def test_of_several_evaluators_the_first_that_writes_is_told(tool, tmp_path):
    parent = ROOT / "configs/lrnet/lrnet_n_aitod.py"
    path = tmp_path / "two.py"
    path.write_text(
        f"_base_ = {str(parent)!r}\n"
        "test_evaluator = [dict(type='mmdet.VOCMetric'), _base_.val_evaluator]\n"
    )
    test = tool("test")
    config = test.test_config(test.parse_args([str(path), "best.pth", "--out", "there"]))
    assert [evaluator.get("out_file") for evaluator in config.test_evaluator] == [None, "there"]


def test_augmentation_at_test_time(config_of, tool, tmp_path):
    with pytest.raises(InputError, match="--tta: config .* has no tta_model and no tta_pipeline"):
        config_of("lrnet/lrnet_n_aitod", "--tta")
    parent = ROOT / "configs/lrnet/lrnet_n_aitod.py"
    path = tmp_path / "tta.py"
    path.write_text(
        f"_base_ = {str(parent)!r}\n"
        "tta_model = dict(type='DetTTAModel')\ntta_pipeline = [dict(type='TestTimeAug')]\n"
        "test_dataloader = dict(dataset=dict(_delete_=True, type='Outer', dataset=dict(a=1)))\n"
    )
    test = tool("test")
    config = test.test_config(test.parse_args([str(path), "best.pth", "--tta"]))
    assert config.test_dataloader.dataset.dataset.pipeline == [dict(type="TestTimeAug")]
    hook = dict(type="PrepareTTAHook", tta_cfg=dict(type="DetTTAModel"))
    assert config.custom_hooks[-1] == hook
    config = test.test_config(test.parse_args([str(path), "best.pth"]))
    assert hook not in config.custom_hooks
