"""The data set as mmdet and mmyolo see it, and what it says of bad data."""

import numpy as np
import pytest
from mmdet.datasets import CocoDataset
from mmengine.registry import DATASETS

from tinydet.compat import has_mmyolo
from tinydet.datasets import TinyCocoDataset
from tinydet.errors import InputError

LOAD = [dict(type="tinydet.LoadImageFromFile"), dict(type="mmdet.LoadAnnotations", with_bbox=True)]


@pytest.fixture
def build(root, write):
    """Return a function that writes ``coco`` and makes the data set."""

    def make(coco, kind=TinyCocoDataset, **options):
        options = dict(data_root=str(root), data_prefix=dict(img="images"), **options)
        return kind(ann_file=write(coco).name, **options)

    return make


@pytest.fixture
def log(monkeypatch):
    """Collect what the data set logs."""
    lines = []
    for module in ("coco", "images"):
        monkeypatch.setattr(
            f"tinydet.datasets.{module}.print_log", lambda text, *_: lines.append(text)
        )
    return lines


def infos(dataset):
    return [dataset.get_data_info(index) for index in range(len(dataset))]


@pytest.mark.parametrize("test_mode", [False, True])
@pytest.mark.parametrize("filter_cfg", [None, dict(filter_empty_gt=True), dict(min_size=31)])
def test_a_clean_file_gives_what_mmdet_gives(build, coco, test_mode, filter_cfg):
    coco["annotations"][0]["segmentation"] = [[4, 5, 12, 5, 12, 11]]
    coco["images"][1].update(height=64, width=64)
    options = dict(
        metainfo=dict(classes=("car", "person")), test_mode=test_mode, filter_cfg=filter_cfg
    )
    ours, theirs = build(coco, **options), build(coco, CocoDataset, **options)
    assert infos(ours) == infos(theirs)
    assert ours.cat_ids == theirs.cat_ids
    assert ours.cat2label == theirs.cat2label
    assert ours.cat_img_map == dict(theirs.cat_img_map)
    assert [ours.get_cat_ids(n) for n in range(len(ours))] == [
        theirs.get_cat_ids(n) for n in range(len(theirs))
    ]


def test_half_a_pixel_is_an_object(build, coco):
    coco["annotations"][1]["bbox"] = [20, 10, 0.5, 0.5]
    options = dict(metainfo=dict(classes=("car", "person")))
    boxes = [item["bbox"] for item in infos(build(coco, **options))[0]["instances"]]
    assert boxes == [[4, 5, 12.5, 11], [20, 10, 20.5, 10.5]]
    assert len(infos(build(coco, CocoDataset, **options))[0]["instances"]) == 1  # what it is for


def test_a_config_reaches_it_and_the_pipeline_runs(build, coco):
    dataset = build(
        coco,
        kind=lambda **options: DATASETS.build(dict(type="tinydet.TinyCocoDataset", **options)),
        pipeline=[*LOAD, dict(type="mmdet.PackDetInputs")],
    )
    sample = dataset[0]
    assert sample.keys() == {"inputs", "data_samples"}
    assert sample["inputs"].shape == (3, 30, 40)
    truth = sample["data_samples"].gt_instances
    assert truth.labels.tolist() == [0, 1]
    np.testing.assert_allclose(truth.bboxes.tensor, [[4, 5, 12.5, 11], [20, 10, 22, 13.5]])


@pytest.mark.skipif(not has_mmyolo(), reason="mmyolo is not installed")
def test_mosaic_of_mmyolo_finds_the_data_set(build, coco):
    mosaic = dict(type="mmyolo.Mosaic", img_scale=(40, 30), pad_val=114.0, pre_transform=LOAD)
    sample = build(coco, pipeline=[*LOAD, mosaic])[0]
    assert sample["img"].shape == (60, 80, 3)  # two by two images


def test_mixing_wrappers_of_mmdet_get_no_copy_of_the_data_set(build, coco):
    assert "dataset" not in build(coco, pipeline=LOAD)[0]


def test_classes_are_the_files_when_none_are_given(build, coco, log):
    for options in (dict(), dict(metainfo=dict(classes="auto"))):
        metainfo = build(coco, **options).metainfo
        assert metainfo["classes"] == ("car", "person")
        assert len(metainfo["palette"]) == 2
    assert log[0].endswith("ann.json: car, person")


def test_auto_replaces_the_classes_of_a_named_set(build, coco):
    class Named(TinyCocoDataset):
        METAINFO = dict(classes=("ship",), palette=[(1, 2, 3)], origin="somewhere")

    metainfo = build(coco, Named, metainfo=dict(classes="auto")).metainfo
    assert metainfo["classes"] == ("car", "person")
    assert len(metainfo["palette"]) == 2
    assert metainfo["origin"] == "somewhere"


def test_missing_folder_says_where_and_how(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        TinyCocoDataset(data_root="data/mine", ann_file="a.json", data_prefix=dict(img="images"))
    assert str(caught.value) == (
        f"data folder data/mine does not exist (looked for {tmp_path}/data/mine); "
        f"{TinyCocoDataset.HOW_TO_GET}"
    )


def test_missing_file_and_missing_image_folder(root, build, coco, write):
    with pytest.raises(InputError, match=rf"annotation file .* \(looked for {root}/gone\.json\)"):
        TinyCocoDataset(data_root=str(root), ann_file="gone.json", data_prefix=dict(img="images"))
    with pytest.raises(InputError, match=rf"image folder .* \(looked for {root}/pictures\)"):
        TinyCocoDataset(
            data_root=str(root), ann_file=write(coco).name, data_prefix=dict(img="pictures")
        )


def test_foreign_categories_list_both_sides(build, coco):
    with pytest.raises(InputError, match="only in the file: person; only in the config: ship"):
        build(coco, metainfo=dict(classes=("car", "ship")))


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("images", "the list 'images' is empty"),
        ("annotations", "no box that can be used: it has none"),
    ],
)
def test_nothing_to_train_on(build, coco, section, sentence):
    coco["annotations"] = []
    coco[section] = []
    with pytest.raises(InputError, match=rf"ann\.json: {sentence}; is the file right"):
        build(coco)


def test_images_without_ground_truth_can_be_tested_on(build, coco, log):
    coco["annotations"] = []
    assert len(build(coco, test_mode=True)) == 3
    assert any(
        "it has none; such a file serves only an evaluator with format_only" in line for line in log
    )


def test_no_usable_box(build, coco):
    coco["annotations"] = [dict(coco["annotations"][0], bbox=[1, 1, 0, 0])]
    with pytest.raises(InputError, match="no box that can be used: 1 boxes of zero area dropped"):
        build(coco)


@pytest.mark.parametrize("key", ["ignore", "iscrowd"])
def test_boxes_that_are_no_objects_are_not_enough(build, coco, key):
    for ann in coco["annotations"]:
        ann[key] = 1
    with pytest.raises(InputError, match="no box that can be used: all are ignore=1 or iscrowd=1"):
        build(coco)


@pytest.mark.parametrize(("key", "value"), [("area", None), ("area", np.nan), ("bbox", [1, 2])])
def test_what_only_an_evaluator_reads_is_looked_at_before_the_training(build, coco, key, value):
    coco["annotations"][1][key] = value
    build(coco)
    with pytest.raises(InputError, match=rf"ann\.json: '{key}' of 1 annotations is not .*ids 2"):
        build(coco, test_mode=True)


def test_what_counts_in_an_evaluation_is_not_said_to_be_left_out(build, coco, log):
    coco["annotations"][0]["ignore"] = 1
    coco["annotations"][1]["bbox"] = [1, 1, 0, 3]
    build(coco, test_mode=True, metainfo=dict(classes=("car", "person")))
    assert [line.split("ann.json: ")[1] for line in log] == [
        "1 boxes of zero area evaluated as they are: no detection can match them (annotation ids 2)"
    ]


@pytest.mark.parametrize("test_mode", [False, True])
def test_a_subset_of_the_classes(build, coco, log, test_mode):
    options = dict(metainfo=dict(classes=("person",)), test_mode=test_mode)
    ours, theirs = build(coco, **options), build(coco, CocoDataset, **options)
    assert infos(ours) == infos(theirs)
    assert (ours.cat_ids, ours.cat2label) == (theirs.cat_ids, theirs.cat2label)
    assert log == [
        f"{ours.ann_file}: 1 of 2 categories are no class of the config and left out: car (1 boxes)"
    ]


def test_one_class_without_its_comma(build, coco, tmp_path):
    with pytest.raises(InputError) as caught:
        build(coco, metainfo=dict(classes=("car")))  # what a user writes
    assert str(caught.value) == (
        "metainfo has classes='car', a string in place of a tuple; write classes=('car',) with the "
        "comma"
    )
    names = tmp_path / "names.txt"
    names.write_text("car\nperson\n")
    assert build(coco, metainfo=dict(classes=str(names))).metainfo["classes"] == ["car", "person"]


def test_bad_boxes_are_told_once_and_left_out(build, coco, log):
    coco["annotations"][1]["bbox"] = [1, 1, -2, 3]
    dataset = build(coco, metainfo=dict(classes=("car", "person")))
    assert [line.split("ann.json: ")[1] for line in log] == [
        "1 boxes of negative size dropped (annotation ids 2)"
    ]
    assert len(dataset.get_data_info(0)["instances"]) == 1
    assert dataset.cat_img_map == {1: [10], 5: [20]}


def test_ignored_boxes_are_counted(build, coco, log):
    coco["annotations"][0]["ignore"] = 1
    dataset = build(coco, metainfo=dict(classes=("car", "person")))
    assert log[0].endswith("ann.json: 1 boxes with ignore=1 left out, as mmdet does")
    assert len(dataset.get_data_info(0)["instances"]) == 1


def test_what_filter_cfg_leaves_out_is_counted(build, coco, log):
    options = dict(metainfo=dict(classes=("car", "person")))
    assert len(build(coco, filter_cfg=dict(filter_empty_gt=True), **options)) == 2
    assert log[-1].endswith("filter_cfg leaves out 1 images")
    with pytest.raises(InputError, match=r"filter_cfg={'min_size': 99} leaves no image"):
        build(coco, filter_cfg=dict(min_size=99), **options)


def test_an_image_without_a_file_name(build, coco):
    del coco["images"][1]["file_name"]
    with pytest.raises(InputError, match="the image with id 20 has no 'file_name'"):
        build(coco)


@pytest.mark.parametrize("options", [dict(), dict(test_mode=True, skip_bad_images=True)])
def test_missing_images_stop_before_training(build, coco, root, options):
    (root / "images" / "2.png").unlink()
    with pytest.raises(InputError) as caught:
        build(coco, **options)
    assert f"1 of 3 images of {root}/ann.json are missing: {root}/images/2.png" in str(caught.value)
    assert str(caught.value).endswith("with --skip-bad-images")


def test_bad_images_are_skipped_on_request_each_named(build, coco, root, log):
    (root / "images" / "2.png").unlink()
    (root / "images" / "3.png").write_text("no image")
    dataset = build(coco, metainfo=dict(classes=("car", "person")), skip_bad_images=True)
    assert [info["img_id"] for info in infos(dataset)] == [10]
    assert log == [
        f"{root}/ann.json: training without 2 of 3 images: {root}/images/2.png does not "
        f"exist, {root}/images/3.png is not an image that can be decoded"
    ]


def test_no_image_left(build, coco, root):
    for number in (1, 2, 3):
        (root / "images" / f"{number}.png").write_text("no image")
    with pytest.raises(InputError, match="none of its 3 images can be used"):
        build(coco, skip_bad_images=True)


def test_a_bad_image_in_a_test_is_an_error_at_the_latest_when_it_is_read(build, coco, root):
    (root / "images" / "3.png").write_text("no image")
    dataset = build(coco, pipeline=LOAD, test_mode=True, skip_bad_images=True)
    with pytest.raises(InputError, match=r"3\.png is not an image"):
        dataset[2]
