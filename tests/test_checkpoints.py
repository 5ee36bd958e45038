"""Checkpoints: mmengine's own load, everything else is refused with a sentence."""

import pytest
import torch
from mmdet.models import DetTTAModel
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn
from toys import Toy

from tinydet.checkpoints import check_fits, read_checkpoint
from tinydet.errors import InputError


class Foreign:
    """Not on any list."""


def test_an_mmengine_checkpoint_round_trips(tmp_path):
    history = HistoryBuffer()
    for value in (3.0, 2.0, 1.0):
        history.update(value)
    path = tmp_path / "a.pth"
    torch.save(dict(state_dict={"w": torch.ones(2)}, message_hub={"loss": history}), path)
    for loaded in (read_checkpoint(path), CheckpointLoader.load_checkpoint(str(path), "cpu")):
        assert loaded["message_hub"]["loss"].mean() == 2.0
        assert loaded["state_dict"]["w"].tolist() == [1.0, 1.0]


def test_a_foreign_class_is_named_and_not_run(tmp_path):
    path = tmp_path / "foreign.pth"
    torch.save(dict(state_dict={}, extra=Foreign()), path)
    with pytest.raises(InputError, match=r"foreign.pth holds the class \S*Foreign"):
        read_checkpoint(path)


def test_a_truncated_file_says_so(tmp_path):
    path = tmp_path / "cut.pth"
    torch.save({"w": torch.randn(1000)}, path)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(InputError, match=r"cut.pth cannot be read \(1,500 bytes\)"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs", b"<html>not found</html>"])
def test_what_is_no_checkpoint_says_so(tmp_path, content):
    path = tmp_path / "page.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match="page.pth cannot be read"):
        read_checkpoint(path)


def test_the_reason_of_torch_that_is_advice_to_programmers_is_left_out(tmp_path):
    path = tmp_path / "train.json"
    path.write_text('{"images": []}')
    with pytest.raises(InputError, match="copy or download it again$"):
        read_checkpoint(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere.pth does not exist"):
        read_checkpoint(tmp_path / "nowhere.pth")


def test_another_architecture_counts_and_names_keys():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    state = {"0.weight": torch.zeros(3, 2), "0.bias": torch.zeros(4), "head.bias": torch.zeros(1)}
    with pytest.raises(InputError) as raised:
        check_fits(model, dict(state_dict=state), "x.pth")
    sentence = str(raised.value)
    assert "2 of 4 keys are missing (1.weight, 1.bias)" in sentence
    assert "1 have another shape (0.bias (4,) instead of (3,))" in sentence
    assert "1 are not in the model (head.bias)" in sentence


def test_the_same_architecture_passes_also_from_ddp():
    model = nn.Linear(2, 3)
    check_fits(model, {f"module.{key}": value for key, value in model.state_dict().items()}, "x")


def test_a_model_for_augmented_images_is_compared_by_what_is_inside():
    """Whose keys begin with ``module.``, and whose weights mmengine loads without."""
    inside = Toy()
    model = DetTTAModel(module=inside)
    check_fits(model, inside.state_dict(), "x.pth")
    state = inside.state_dict()
    del state["head.bias"]
    with pytest.raises(InputError, match="1 of 9 keys are missing .head.bias"):
        check_fits(model, state, "x.pth")


class Walks:
    """Pickles as a call of getattr on something that is no HistoryBuffer."""

    def __reduce__(self):
        return getattr, (dict, "fromkeys")


def test_getattr_serves_the_history_alone(tmp_path):
    path = tmp_path / "walk.pth"
    torch.save(dict(extra=Walks()), path)
    with pytest.raises(InputError, match=r"walk.pth holds the class (dict|builtins)"):
        read_checkpoint(path)
