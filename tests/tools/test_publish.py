"""tools/publish.py: the weights of a checkpoint in half precision, named by their hash."""

import pytest
import torch
from mmengine.logging import HistoryBuffer

from tinydet.checkpoints import read_checkpoint
from tinydet.weights.source import sha256_of

WEIGHTS = {
    "conv.weight": torch.tensor([0.1, -2.0]),
    "bn.running_var": torch.tensor([1e5, 1.0]),  # more than half precision holds
    "bn.num_batches_tracked": torch.tensor(7),
}


@pytest.fixture
def publish(tool):
    return tool("publish").main


def checkpoint(folder, weights=WEIGHTS, **more):
    path = folder / "epoch_3.pth"
    content = dict(state_dict=weights, optimizer=dict(step=torch.zeros(9)), **more)
    torch.save(dict(content, message_hub=dict(loss=HistoryBuffer([1.0], [1]))), path)
    return path


def test_half_the_weights_the_classes_and_nothing_else(publish, tmp_path, capsys):
    meta = dict(dataset_meta=dict(classes=("ship", "car")), epoch=3)
    assert publish([str(checkpoint(tmp_path, meta=meta)), str(tmp_path / "out/ships.pth")]) == 0

    (file,) = (tmp_path / "out").iterdir()
    assert file.name == f"ships-{sha256_of(file)[:8]}.pth"
    assert str(file) in capsys.readouterr().out
    small = read_checkpoint(file)
    assert set(small) == {"state_dict", "meta"}
    assert small["meta"] == dict(dataset_meta=meta["dataset_meta"])
    weights = small["state_dict"]
    assert weights["conv.weight"].dtype == torch.float16
    assert weights["conv.weight"].tolist() == pytest.approx([0.1, -2.0], rel=1e-3)
    assert weights["bn.running_var"].equal(WEIGHTS["bn.running_var"])
    assert weights["bn.num_batches_tracked"].equal(torch.tensor(7))


def test_a_checkpoint_that_cannot_be_read_is_named_once(publish, tmp_path, capsys):
    path = tmp_path / "missing.pth"
    assert publish([str(path), str(tmp_path / "ships.pth")]) == 1
    said = capsys.readouterr().err
    assert said == f"error: checkpoint {path} does not exist (looked for {path})\n"


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"conv.weight": torch.tensor([float("nan")])}, "1 tensors are not finite"),
        ({"conv.weight": 3}, "conv.weight is no weight"),
        ({}, "empty is no weight"),
    ],
)
def test_what_is_no_set_of_weights_is_refused(publish, tmp_path, capsys, weights, words):
    path = checkpoint(tmp_path, weights)
    assert publish([str(path), str(tmp_path / "ships.pth")]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert str(path) in said
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
