"""The losses of the validation images: of the right boxes, and without a trace in the training."""

import json

import pytest
import torch
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import Runner

from tinydet.compat import has_mmyolo
from tinydet.configuration import load_config
from tinydet.hooks.validation_loss_hook import losses, with_boxes

CONFIGS = [
    "configs/faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py",
    pytest.param(
        "configs/lrnet/lrnet_n_14e_synthetic.py",
        marks=pytest.mark.skipif(not has_mmyolo(), reason="mmyolo is not installed"),
    ),
]


@pytest.fixture
def config(tiny_data, monkeypatch):
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))

    def load(path):
        config = load_config(path)
        for loader in (config.train_dataloader, config.val_dataloader):
            loader.update(batch_size=2, num_workers=0, persistent_workers=False)
        init_default_scope("mmdet")
        return config

    return load


@pytest.mark.parametrize("path", CONFIGS)
def test_boxes_are_scaled_with_their_image(config, path):
    dataset = Runner.build_dataloader(with_boxes(config(path).val_dataloader)).dataset
    boxes = dataset[0]["data_samples"].gt_instances.bboxes.tensor
    truth = torch.tensor([one["bbox"] for one in dataset.get_data_info(0)["instances"]])
    scale = 256 / 64  # of the configs' network input and of the images
    torch.testing.assert_close(boxes, scale * truth.float())


def test_losses_are_those_of_a_training_step(config):
    made = config(CONFIGS[0])
    model = MODELS.build(made.model)
    loader = Runner.build_dataloader(with_boxes(made.val_dataloader))
    found = losses(model, loader)
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    expected = {}
    torch.manual_seed(0)  # the samples of both stages
    with torch.no_grad():
        for batch in loader:
            data = model.data_preprocessor(batch, True)
            _, parts = model.parse_losses(model(**data, mode="loss"))
            for name, value in parts.items():
                expected[f"val_{name}"] = expected.get(f"val_{name}", 0) + value.item() / 2
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("path", CONFIGS)
def test_nothing_is_changed_and_numbers_repeat(config, path):
    made = config(path)
    model = MODELS.build(made.model).eval()
    model.backbone.train()
    modes = [module.training for module in model.modules()]
    state = {name: value.clone() for name, value in model.state_dict().items()}
    loader = Runner.build_dataloader(with_boxes(made.val_dataloader))
    random = torch.get_rng_state()
    assert losses(model, loader) == losses(model, loader)
    assert torch.equal(torch.get_rng_state(), random)
    assert [module.training for module in model.modules()] == modes
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, state[name], rtol=0, atol=0)


@pytest.mark.skipif(not has_mmyolo(), reason="mmyolo is not installed")
def test_through_the_tool(tool, tiny_data, monkeypatch, request, tmp_path, capsys):
    monkeypatch.chdir(request.config.rootpath)
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))
    command = ["configs/lrnet/lrnet_n_14e_synthetic.py", "--work-dir", str(tmp_path / "work")]
    loaders = [f"{name}_dataloader.num_workers=0" for name in ("train", "val")]
    options = ["train_cfg.max_epochs=1", "train_cfg.val_interval=1", *loaders]
    options.append("default_hooks.checkpoint.save_best=val_loss")
    assert tool("train").main([*command, "--val-loss", "--cfg-options", *options]) == 0
    (log,) = tmp_path.rglob("scalars.json")
    (row,) = (row for row in map(json.loads, log.read_text().splitlines()) if "aitod/AP" in row)
    parts = [row[f"val_loss_{name}"] for name in ("cls", "bbox", "dfl")]
    assert row["val_loss"] == pytest.approx(sum(parts), rel=1e-4)
    assert (tmp_path / "work/best_val_loss_epoch_1.pth").is_file()
    assert tool("train").main([*command, "--val-loss", "--no-validate"]) == 1
    assert "--val-loss and --no-validate exclude each other" in capsys.readouterr().err
    train = tool("train")
    config = train.training_config(train.parse_args([*command, "--no-validate"]))
    assert [config[f"val_{key}"] for key in ("cfg", "dataloader", "evaluator")] == [None] * 3
