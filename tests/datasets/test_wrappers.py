"""What is said to a data set around others reaches those inside."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from mmcv.transforms import Compose
from mmdet.engine.hooks import PipelineSwitchHook, YOLOXModeSwitchHook
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner

from tinydet.datasets.balanced_sampler import ClassBalancedSampler
from tinydet.datasets.wrappers import join_lists, leaves
from tinydet.errors import InputError
from tinydet.hooks import ClassNumberHook

PACK = dict(type="mmdet.PackDetInputs", meta_keys=())
LOAD = [
    dict(type="tinydet.LoadImageFromFile"),
    dict(type="mmdet.LoadAnnotations", with_bbox=True),
]


@pytest.fixture
def plain(tiny_data):
    init_default_scope("mmdet")
    return dict(
        type="tinydet.TinyCocoDataset",
        data_root=str(tiny_data),
        ann_file="annotations/train.json",
        data_prefix=dict(img="train/"),
        pipeline=[*LOAD, PACK],
    )


WRAPPED = {
    "repeat": lambda inside: dict(type="RepeatDataset", times=2, dataset=inside),
    "balanced": lambda inside: dict(
        type="ClassBalancedDataset", oversample_thr=0.1, dataset=inside
    ),
    "concatenated": lambda inside: dict(type="ConcatDataset", datasets=[inside, inside]),
    "mmengine's": lambda inside: dict(type="mmengine.ConcatDataset", datasets=[inside, inside]),
    "all": lambda inside: dict(
        type="ClassBalancedDataset",
        oversample_thr=0.1,
        dataset=dict(
            type="RepeatDataset",
            times=2,
            dataset=dict(type="ConcatDataset", datasets=[inside, inside]),
        ),
    ),
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED.keys())
def test_the_switch_of_pipelines(plain, wrap):
    loader = dict(dataset=wrap(plain), batch_size=1, sampler=dict(type="DefaultSampler"))
    loader = Runner.build_dataloader(loader)
    assert set(loader.dataset[0]) == {"inputs", "data_samples"}
    logger = SimpleNamespace(info=lambda text: None)
    runner = SimpleNamespace(epoch=3, train_dataloader=loader, logger=logger)
    PipelineSwitchHook(3, [dict(type="tinydet.LoadImageFromFile")]).before_train_epoch(runner)
    for dataset in (loader.dataset, *leaves(loader.dataset)):
        assert isinstance(dataset.pipeline, Compose)
    assert "img" in loader.dataset[0]
    assert "img" in loader.dataset[len(loader.dataset) - 1]


def test_the_switch_of_a_loader_of_so_many_batches(plain):
    loader = dict(dataset=plain, batch_size=1, sampler=dict(type="DefaultSampler"))
    loader = Runner.build_dataloader({**loader, "num_batch_per_epoch": 2})
    loader.dataset.pipeline = "new"
    assert loader.dataset._dataset.pipeline == "new"


def test_the_switch_of_a_mix_of_images(plain):
    mix = dict(
        type="MultiImageMixDataset",
        dataset={**plain, "pipeline": LOAD},
        pipeline=[dict(type="mmdet.Mosaic", img_scale=(64, 64)), PACK],
    )
    dataset = DATASETS.build(dict(type="RepeatDataset", times=2, dataset=mix))
    model = SimpleNamespace(bbox_head=SimpleNamespace())
    runner = SimpleNamespace(
        epoch=9,
        max_epochs=10,
        model=model,
        train_dataloader=SimpleNamespace(dataset=dataset),
        logger=SimpleNamespace(info=lambda text: None),
    )
    assert dataset[0]["inputs"].shape == (3, 128, 128)
    YOLOXModeSwitchHook(skip_type_keys=["mmdet.Mosaic"]).before_train_epoch(runner)
    assert dataset[0]["inputs"].shape == (3, 64, 64)


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED.keys())
def test_arguments_of_the_data_set(plain, tiny_data, wrap):
    (tiny_data / "train" / "2.png").unlink()
    made = wrap(plain)
    with pytest.raises(InputError, match=r"1 of 4 images .* are missing"):
        DATASETS.build(made)
    made |= dict(skip_bad_images=True, pipeline=LOAD)
    dataset = DATASETS.build(made)
    assert {len(leaf) for leaf in leaves(dataset)} == {3}
    assert "img" in dataset[0]


def test_a_mix_of_images_keeps_its_pipeline(plain, tiny_data):
    (tiny_data / "train" / "2.png").unlink()
    inside = {**plain, "pipeline": LOAD}
    mix = dict(type="MultiImageMixDataset", dataset=inside, pipeline=[PACK])
    outer = dict(type="RepeatDataset", times=1, dataset=mix, skip_bad_images=True, pipeline=[])
    dataset = DATASETS.build(outer)
    assert "img" in dataset[0]  # nothing packs
    assert len(dataset.dataset.dataset) == 3


def test_a_balanced_sampler_sees_the_classes_inside_a_mix_of_images(plain):
    inside = {**plain, "pipeline": LOAD}
    mix = DATASETS.build(dict(type="MultiImageMixDataset", dataset=inside, pipeline=[PACK]))
    sampler = ClassBalancedSampler(mix, seed=0)
    np.testing.assert_array_equal(sampler.weights, ClassBalancedSampler(mix.dataset).weights)
    assert len(list(sampler)) == 4
    with pytest.raises(InputError, match="list has no get_cat_ids, .* use DefaultSampler"):
        ClassBalancedSampler([1, 2])


def test_the_metainfo_of_several_is_one_where_the_classes_are(plain):
    other = {**plain, "metainfo": dict(palette=[(1, 2, 3)] * 8)}
    dataset = DATASETS.build(dict(type="ConcatDataset", datasets=[plain, other]))
    assert len(dataset.metainfo["classes"]) == 8


def test_data_sets_of_different_classes(plain, tiny_data):
    coco = json.loads((tiny_data / "annotations/train.json").read_text())
    coco["categories"][0]["name"] = "kite"
    (tiny_data / "annotations/other.json").write_text(json.dumps(coco))
    other = {**plain, "ann_file": "annotations/other.json"}
    dataset = DATASETS.build(dict(type="ConcatDataset", datasets=[plain, other]))
    runner = SimpleNamespace(train_dataloader=SimpleNamespace(dataset=dataset))
    words = r"the 2 training data sets have different classes \(airplane.*; kite, .*metainfo"
    with pytest.raises(InputError, match=words):
        ClassNumberHook().before_train(runner)


@pytest.fixture
def lists(plain, tiny_data):
    shutil.copy(tiny_data / "annotations/train.json", tiny_data / "annotations/more.json")
    files = ["annotations/train.json", "annotations/more.json"]
    return Config(dict(train_dataloader=dict(dataset={**plain, "ann_file": files})))


def test_several_annotation_files(lists, tiny_data):
    made = lists.train_dataloader.dataset
    join_lists(lists)
    dataset = DATASETS.build(lists.train_dataloader.dataset)
    assert len(dataset) == 8
    assert dataset.datasets[1].ann_file == str(tiny_data / "annotations/more.json")
    lists.train_dataloader.dataset = made
    made.data_prefix.img = ["train/", "val/"]
    join_lists(lists)
    paths = [one.data_prefix.img for one in lists.train_dataloader.dataset.datasets]
    assert paths == ["train/", "val/"]
    before = lists.to_dict()
    join_lists(lists)
    assert lists.to_dict() == before


def test_several_inside_a_wrapper_and_several_data_sets(lists, plain):
    inside = lists.train_dataloader.dataset
    lists.train_dataloader.dataset = [dict(type="RepeatDataset", times=3, dataset=inside), plain]
    join_lists(lists)
    assert len(DATASETS.build(lists.train_dataloader.dataset)) == 3 * 8 + 4


def test_lists_that_cannot_be(lists):
    lists.train_dataloader.dataset.data_prefix.img = ["train/", "val/", "test/"]
    words = "lists of different lengths .ann_file has 2, data_prefix.img has 3"
    with pytest.raises(InputError, match=words):
        join_lists(lists)
    lists.val_dataloader = lists.pop("train_dataloader")
    lists.val_dataloader.dataset.data_prefix.img = "val/"
    with pytest.raises(
        InputError, match="val_dataloader: 2 annotation files, but an evaluation reads"
    ):
        join_lists(lists)


def test_one_file_in_a_list_is_a_file(plain):
    one = Config(dict(val_dataloader=dict(dataset={**plain, "ann_file": [plain["ann_file"]]})))
    join_lists(one)
    assert json.dumps(one.val_dataloader.dataset.ann_file) == json.dumps(plain["ann_file"])
