"""Where the detections go; whole runs of the tool are in test_train.py."""

import pytest

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
