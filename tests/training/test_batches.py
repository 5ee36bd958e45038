"""Loaders without a batch, or that leave images out, are refused before the first step."""

import pytest
from mmdet.datasets.samplers import AspectRatioBatchSampler
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner
from torch.utils.data import DataLoader, SequentialSampler
from toys import CONFIG

from tinydet.errors import InputError
from tinydet.training.batches import check_training, clean_loaders


@pytest.fixture
def config(tmp_path):
    return Config({**CONFIG, "work_dir": str(tmp_path / "work")})


def train_loop(config):
    runner = Runner.from_cfg(config)
    return runner.build_train_loop(runner._train_loop)


WORDS = (
    r"8 images are fewer than one batch \(batch_size=9, drop_last=True\).* write "
    r"train_dataloader.batch_size=8, or train_dataloader.drop_last=False"
)


def test_fewer_images_than_a_batch(config):
    config.train_dataloader.update(batch_size=9, drop_last=True)
    with pytest.raises(InputError, match=WORDS):
        train_loop(config)
    config.train_dataloader.batch_size = 8
    assert len(train_loop(config).dataloader) == 1


def test_the_same_by_a_sampler_of_batches():
    def loader(size):
        batches = AspectRatioBatchSampler(SequentialSampler(range(8)), size, drop_last=True)
        return DataLoader(range(8), batch_sampler=batches)

    with pytest.raises(InputError, match=WORDS):
        check_training(loader(9))
    check_training(loader(8))


def test_an_endless_sampler_always_has_a_batch(config):
    config.train_dataloader.update(batch_size=9, drop_last=True)
    config.train_dataloader.sampler.type = "InfiniteSampler"
    config.train_cfg = dict(by_epoch=False, max_iters=2)
    train_loop(config)


def test_an_evaluation_of_a_part_of_the_images(config):
    config.val_dataloader = dict(config.train_dataloader, batch_size=3, drop_last=True)
    config.update(val_cfg=dict(), val_evaluator=dict(type="DumpResults", out_file_path="a.pkl"))
    words = "val_dataloader: drop_last=True would exclude 2 of 8 images"
    runner = Runner.from_cfg(config)
    with pytest.raises(InputError, match=words):
        runner.build_val_loop(runner._val_loop)
    config.val_dataloader.batch_size = 4
    runner = Runner.from_cfg(config)
    assert isinstance(runner.build_val_loop(runner._val_loop).evaluator, Evaluator)


def test_without_workers_nothing_of_them_is_left(config, logged):
    workers = dict(persistent_workers=True, prefetch_factor=2)
    config.train_dataloader.update(num_workers=0, **workers)
    config.val_dataloader = dict(config.train_dataloader, num_workers=1)
    clean_loaders(config)
    assert not {*workers} & {*config.train_dataloader}
    assert {*workers} < {*config.val_dataloader}
    (line,) = logged
    assert "train_dataloader: num_workers=0, so persistent_workers, prefetch_factor removed" in line


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (dict(batch_size=0), "train_dataloader.batch_size=0; write an integer of 1 or more"),
        (dict(batch_size="2"), "train_dataloader.batch_size='2'"),
        (dict(num_workers=-1), "train_dataloader.num_workers=-1; write an integer of 0 or more"),
    ],
)
def test_numbers_that_are_none(config, number, words):
    config.train_dataloader.update(number)
    with pytest.raises(InputError, match=words):
        Runner.from_cfg(config)
