"""Tiles of a data set against tiles cut by hand."""

import json

import cv2
import numpy as np
import pytest
import rasterio
from mmcv.transforms import Compose
from mmengine.config import Config, ConfigDict
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner

from tinydet.errors import InputError
from tinydet.slicing.sampler import TileSampler, sliced
from tinydet.training.batches import check_training, clean_loaders

HEIGHT, WIDTH = 100, 140
LOAD = [
    dict(type="tinydet.LoadImageFromFile"),
    dict(type="mmdet.LoadAnnotations", with_bbox=True),
]
PACK = dict(type="mmdet.PackDetInputs", meta_keys=("img_id", "ori_shape"))
STOCK = [dict(type="LoadImageFromFile", to_float32=True), *LOAD[1:]]


def annotation(number, image_id, box, **more):
    x1, y1, x2, y2 = box
    size = dict(bbox=[x1, y1, x2 - x1, y2 - y1], area=(x2 - x1) * (y2 - y1))
    return dict(id=number, image_id=image_id, category_id=number % 2 + 1, **size, **more)


@pytest.fixture
def pixels(tmp_path):
    """Two pictures on disk; tiles of 80 px that share 20 are two of each, x 0 and 60, y 0 and 20.

    The objects of the first: whole in the left tiles; cut by x = 80 to a quarter of it, and whole
    on the right; a region to ignore. The second has one in its last corner.
    """
    rng = np.random.default_rng(0)
    found = rng.integers(0, 256, (2, HEIGHT, WIDTH, 3), dtype=np.uint8)
    for number, one in enumerate(found, 1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), one)
    images = [dict(id=n, file_name=f"{n}.png", width=WIDTH, height=HEIGHT) for n in (1, 2)]
    annotations = [
        annotation(1, 1, (30, 30, 40, 50)),
        annotation(2, 1, (75, 30, 95, 40)),
        annotation(3, 1, (70, 0, 120, 10), iscrowd=1),
        annotation(4, 2, (120, 90, 130, 100)),
    ]
    categories = [dict(id=1, name="car"), dict(id=2, name="ship")]
    coco = dict(images=images, annotations=annotations, categories=categories)
    (tmp_path / "ann.json").write_text(json.dumps(coco))
    init_default_scope("mmdet")
    return found


@pytest.fixture
def plain(tmp_path, pixels):
    return dict(
        type="tinydet.TinyCocoDataset",
        data_root=str(tmp_path),
        ann_file="ann.json",
        data_prefix=dict(img=""),
        serialize_data=False,  # whose garbage collection takes most of a test's time
        pipeline=[*LOAD, PACK],
    )


def tiles_of(plain, **options):
    usual = dict(size=80, overlap=20, empty_rate=1.0, serialize_data=False)
    return DATASETS.build(dict(type="tinydet.SlicedDataset", dataset=plain) | usual | options)


def test_pixels_and_boxes_by_hand(plain, pixels):
    dataset = tiles_of(plain)
    assert len(dataset) == 8
    assert dataset.metainfo["classes"] == ("car", "ship")
    corners = [(0, 0), (60, 0), (0, 20), (60, 20)]
    for number in range(8):
        sample, (x, y) = dataset[number], corners[number % 4]
        expected = pixels[number // 4][y : y + 80, x : x + 80]
        np.testing.assert_array_equal(sample["inputs"].numpy(), expected.transpose(2, 0, 1))
        assert sample["data_samples"].img_id == number // 4 + 1
        assert sample["data_samples"].ori_shape == (80, 80)
    boxes = [
        [one["bbox"] + [one["ignore_flag"]] for one in dataset.get_data_info(number)["instances"]]
        for number in range(8)
    ]
    assert boxes[0] == [[30, 30, 40, 50, 0], [75, 30, 80, 40, 1], [70, 0, 80, 10, 1]]
    assert boxes[1] == [[15, 30, 35, 40, 0], [10, 0, 60, 10, 1]]
    assert boxes[2] == [[30, 10, 40, 30, 0], [75, 10, 80, 20, 1]]
    assert boxes[3] == [[15, 10, 35, 20, 0]]
    assert boxes[4:] == [[], [], [], [[60, 70, 70, 80, 0]]]


def test_what_is_cut_is_dropped(plain, logged):
    dataset = tiles_of(plain, cut="drop")
    found = [len(dataset.get_data_info(number)["instances"]) for number in range(4)]
    assert found == [2, 2, 1, 1]  # the region to ignore stays
    dataset = tiles_of(plain, min_visible=0.25)
    assert [one["ignore_flag"] for one in dataset.get_data_info(0)["instances"]] == [0, 0, 1]


def test_the_log_counts(plain, logged):
    tiles_of(plain, empty_rate=0.4)
    tiles_of(plain, size=12, overlap=0, min_visible=0.9)
    first, second = (line for line in logged if "pictures in" in line)
    assert "2 pictures in 8 tiles of 80 x 80 px, of which 5 have an object and 1 of the" in first
    assert "2 pieces of less than 30% of their object are regions to ignore" in first
    assert "no tile shows as much of" not in first
    assert "no tile shows as much of 2 of 3 objects; larger tiles or more overlap would" in second


def test_a_small_picture_is_padded(plain, pixels):
    sample = tiles_of(plain, size=(128, 160))[0]["inputs"].numpy()
    assert sample.shape == (3, 128, 160)
    np.testing.assert_array_equal(sample[:, :HEIGHT, :WIDTH], pixels[0].transpose(2, 0, 1))
    assert set(sample[:, HEIGHT:].ravel()) == set(sample[:, :, WIDTH:].ravel()) == {114}


def test_masks_move_with_their_boxes(plain, tmp_path):
    coco = json.loads((tmp_path / "ann.json").read_text())
    dense = np.zeros((HEIGHT, WIDTH), np.uint8)
    dense[30:40, 75:95] = 1
    counts = np.diff(np.flatnonzero(np.diff(dense.T.ravel(), prepend=2, append=2))).tolist()
    coco["annotations"][0]["segmentation"] = [[30, 30, 40, 30, 40, 50, 30, 50]]
    coco["annotations"][1]["segmentation"] = dict(size=[HEIGHT, WIDTH], counts=counts)
    coco["annotations"] = coco["annotations"][:2]
    (tmp_path / "ann.json").write_text(json.dumps(coco))
    load = dict(type="mmdet.LoadAnnotations", with_bbox=True, with_mask=True)
    dataset = tiles_of(dict(plain, pipeline=[LOAD[0], load, PACK]))
    objects = dataset[2]["data_samples"]  # the tile at 0, 20
    (mask,) = objects.gt_instances.masks.masks
    assert np.argwhere(mask)[[0, -1]].tolist() == [[10, 30], [29, 39]]
    (mask,) = objects.ignored_instances.masks.masks
    assert np.argwhere(mask)[[0, -1]].tolist() == [[10, 75], [19, 79]]


def test_each_picture_is_decoded_once(plain, monkeypatch):
    read = []
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda *args: read.append(1) or decode(*args))
    dataset = tiles_of(plain)
    for number in range(8):
        dataset[number]["inputs"] += 1  # nor is what is kept changed
    assert len(read) == 2
    assert (tiles_of(plain)[0]["inputs"] + 1 == dataset[0]["inputs"] + 1).all()


def test_pictures_too_large_to_keep_are_read_by_window(plain, tmp_path, pixels, monkeypatch):
    path = tmp_path / "1.png"  # by its content a TIFF
    with rasterio.open(path, "w", "GTiff", WIDTH, HEIGHT, 3, dtype="uint8", tiled=True) as file:
        file.write(pixels[0][..., ::-1].transpose(2, 0, 1))
    dataset = tiles_of(plain, memory=0)
    monkeypatch.setattr(cv2, "imdecode", None)
    sample = dataset[3]["inputs"].numpy()
    np.testing.assert_array_equal(sample, pixels[0][20:, 60:].transpose(2, 0, 1))


@pytest.mark.parametrize("load", [LOAD, STOCK], ids=["ours", "mmcv's"])
def test_mmdet_mosaics_are_made_of_tiles(plain, load):
    mixed = dict(
        type="mmdet.MultiImageMixDataset",
        dataset=dict(plain, pipeline=load),
        pipeline=[dict(type="mmdet.Mosaic", img_scale=(80, 80)), PACK],
    )
    dataset = tiles_of(mixed)
    (inside,) = sliced(dataset)
    assert type(dataset).__name__ == "MultiImageMixDataset"
    assert len(dataset) == len(inside) == 8
    assert inside[0]["img"].shape == (80, 80, 3)
    assert dataset[3]["inputs"].shape[-2:] == (160, 160)


def test_mmyolo_mosaics_are_made_of_tiles(plain):
    mosaic = dict(type="mmyolo.Mosaic", img_scale=(80, 80), pre_transform=LOAD)
    dataset = tiles_of(dict(plain, pipeline=[*LOAD, mosaic, PACK]))
    assert dataset[3]["inputs"].shape[-2:] == (160, 160)


@pytest.mark.parametrize("wrapped", [False, True])
def test_bad_pictures_are_left_out(plain, tmp_path, tool, wrapped):
    """As ``tools/train.py --skip-bad-images`` does."""
    (tmp_path / "1.png").write_text("no picture")
    inside = dict(type="RepeatDataset", times=1, dataset=plain) if wrapped else plain
    dataset = dict(type="tinydet.SlicedDataset", dataset=inside, size=80)
    config = Config(dict(train_dataloader=dict(dataset=dataset)))
    tool("train").skip_bad_images(config)
    built = DATASETS.build(config.train_dataloader.dataset)
    assert built[0]["data_samples"].img_id == 2


def test_another_pipeline_loads_tiles(plain):
    """What mmyolo's hook sets for the last epochs."""
    dataset = tiles_of(plain)
    dataset.pipeline = Compose([*STOCK, PACK])
    assert dataset[1]["inputs"].shape == (3, 80, 80)


def test_data_sets_of_several_files_are_sliced_each(plain):
    joined = dict(
        type="ConcatDataset", datasets=[plain, dict(type="RepeatDataset", times=2, dataset=plain)]
    )
    dataset = tiles_of(joined)
    assert len(dataset) == 24
    assert len(sliced(dataset)) == 2


def test_mmyolo_data_sets(plain):
    dataset = tiles_of(
        dict(plain, type="mmyolo.YOLOv5CocoDataset", metainfo=dict(classes=("car", "ship")))
    )
    assert dataset[7]["data_samples"].gt_instances.bboxes.tensor.tolist() == [[60, 70, 70, 80]]


def loader_of(plain, workers, batch_size=2, **options):
    config = dict(
        train_dataloader=dict(
            dataset=dict(
                type="tinydet.SlicedDataset", dataset=plain, size=32, overlap=8, **options
            ),
            batch_size=batch_size,
            num_workers=workers,
            persistent_workers=workers > 0,
            sampler=dict(type="DefaultSampler", shuffle=True),
        )
    )
    config = ConfigDict(config)
    clean_loaders(config)
    return Runner.build_dataloader(config.train_dataloader, seed=5)


def seen(loader, epoch):
    loader.sampler.set_epoch(epoch)
    return [
        (sample.img_id, pixels.sum().item())
        for batch in loader
        for pixels, sample in zip(batch["inputs"], batch["data_samples"], strict=True)
    ]


def test_epochs_are_the_same_for_any_number_of_workers(plain):
    alone, helped = (loader_of(plain, workers, empty_rate=0.2) for workers in (0, 2))
    assert isinstance(alone.sampler, TileSampler)
    epochs = [seen(alone, epoch) for epoch in (0, 1, 2)]
    assert [seen(helped, epoch) for epoch in (0, 1, 2)] == epochs
    assert seen(alone, 1) == epochs[1]
    assert len({tuple(sorted(epoch)) for epoch in epochs}) == 3  # other empty tiles join
    assert len({len(epoch) for epoch in epochs}) == 1
    other = loader_of(plain, 0, empty_rate=0.2, seed=1)
    assert sorted(seen(other, 0)) != sorted(epochs[0])


def test_empty_tiles_join_at_their_rate(plain):
    dataset = tiles_of(plain, size=32, overlap=8, empty_rate=0.25)
    counts = [len(dataset.get_data_info(number)["instances"]) for number in range(len(dataset))]
    whole = tiles_of(plain, size=32, overlap=8)
    every = [
        sum(not one["ignore_flag"] for one in whole.get_data_info(number)["instances"])
        for number in range(len(whole))
    ]
    full = sum(count > 0 for count in every)
    assert len(counts) == full + round(0.25 * (len(every) - full))
    assert len(tiles_of(plain, size=32, overlap=8, empty_rate=0)) == full


def test_bad_arguments(plain):
    for options, sentence in [
        (dict(overlap=80), "overlap=80 with tiles of 80 px"),
        (dict(size=0), "size=0 of the tiles"),
        (dict(min_visible=30), "min_visible=30; write a share from 0 to 1"),
        (dict(empty_rate=-0.1), "empty_rate=-0.1; write a share"),
        (dict(cut="ignored"), r"cut='ignored'; write one of ignore, drop \(did you mean 'ignore'"),
        (dict(weights="class"), "weights='class'; write one of objects, classes"),
    ]:
        with pytest.raises(InputError, match=sentence):
            tiles_of(plain, **options)
    with pytest.raises(InputError, match=r"for training; to evaluate on tiles, put the model into"):
        tiles_of(dict(plain, test_mode=True))


def test_a_tile_of_which_the_pipeline_leaves_nothing_gives_way_to_the_next(plain):
    strict = [*LOAD, dict(type="mmdet.FilterAnnotations", min_gt_bbox_wh=(99, 99)), PACK]
    assert tiles_of(dict(plain, pipeline=strict))[0]["data_samples"].img_id == 2
    with pytest.raises(InputError, match="leaves nothing of 11 tiles in a row"):
        tiles_of(dict(plain, pipeline=strict), empty_rate=0, max_refetch=10)[0]


def test_classes_are_drawn_alike(plain):
    """Of the five tiles with objects four have the ships', one the car's."""
    dataset = tiles_of(plain, weights="classes", empty_rate=0)
    draws = []
    for epoch in range(40):
        dataset.set_epoch(epoch)
        draws += [label for number in range(5) for label in dataset.get_cat_ids(number)]
    counts = np.bincount(draws)
    assert len(counts) == 2
    assert counts.max() < 1.3 * counts.min()


def test_processes_of_a_distributed_training_share_an_epoch(plain, monkeypatch):
    dataset = tiles_of(plain, size=32, overlap=8)
    found = []
    for rank in range(3):
        monkeypatch.setattr("mmengine.dataset.sampler.get_dist_info", lambda rank=rank: (rank, 3))
        sampler = TileSampler(dataset, batch_size=2, seed=0)
        order = list(sampler)
        assert len(order) == len(sampler)
        found += order
    assert set(found) == set(range(len(dataset)))
    assert len(found) - len(dataset) < 3


def test_another_sampler_is_warned_of(plain, logged):
    loader = dict(dataset=tiles_of(plain), batch_size=2, num_workers=0)
    loader = Runner.build_dataloader(dict(loader, sampler=dict(type="InfiniteSampler")))
    check_training(loader)
    assert any("InfiniteSampler does not tell tinydet.SlicedDataset the epoch" in x for x in logged)
