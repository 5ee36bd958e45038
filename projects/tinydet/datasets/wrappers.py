"""Let wrappers of data sets pass arguments and attributes on to the data sets inside.

mmengine's and mmdet's ``RepeatDataset``, ``ClassBalancedDataset`` and ``ConcatDataset`` pass on
samples only. A hook that ends mosaics by setting ``dataset.pipeline`` would set an unused attribute
of the wrapper, and the wrapper would refuse an argument of the data set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mmdet.datasets import ConcatDataset as MMDetConcatDataset
from mmdet.datasets import MultiImageMixDataset
from mmengine.config import ConfigDict
from mmengine.dataset import ClassBalancedDataset, ConcatDataset, RepeatDataset
from mmengine.runner.runner import _SlicedDataset

from tinydet.compat.wrapping import wrap_once
from tinydet.errors import InputError

LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")
INSIDE = ("dataset", "datasets")
HANDED_ON = ("pipeline", "skip_bad_images")  # arguments that a wrapper passes on


def install() -> None:
    """Patch the wrappers of mmengine and mmdet; a second call has no effect."""
    for wrapper in (RepeatDataset, ClassBalancedDataset, ConcatDataset, MMDetConcatDataset):
        wrap_once(wrapper, "__init__", _handing_on)
        wrapper.get_cat_ids = _get_cat_ids
    MultiImageMixDataset.get_cat_ids = _get_cat_ids
    # mmengine wraps the data set of a loader with num_batch_per_epoch in _SlicedDataset.
    for wrapper in (RepeatDataset, ClassBalancedDataset, ConcatDataset, _SlicedDataset):
        wrapper.pipeline = property(_pipeline, _set_pipeline)
        wrapper.update_skip_type_keys = _update_skip_type_keys


def _inner(wrapper: object) -> list:
    if isinstance(wrapper, ConcatDataset):
        return wrapper.datasets
    return [wrapper._dataset if isinstance(wrapper, _SlicedDataset) else wrapper.dataset]


def nested(dataset: object) -> Iterator:
    """Yield a data set and all those inside it, outer before inner."""
    yield dataset
    if _wraps(dataset):
        for inside in _inner(dataset):
            yield from nested(inside)


def leaves(dataset: object) -> Iterator:
    """Yield the data sets that read images, inside all wrappers."""
    return (one for one in nested(dataset) if not _wraps(one))


def _wraps(dataset: object) -> bool:
    return isinstance(dataset, ConcatDataset | _SlicedDataset) or hasattr(dataset, "dataset")


def _handing_on(original: Callable) -> Callable:
    def __init__(self, *args, **kwargs):
        given = {key: kwargs.pop(key) for key in HANDED_ON if key in kwargs}
        where = next((key for key in INSIDE if key in kwargs), None)
        if given and where:
            kwargs[where] = hand_on(kwargs[where], given)
        original(self, *args, **kwargs)
        if isinstance(self._metainfo, list):
            self._metainfo = _one_metainfo(self._metainfo)

    return __init__


def _one_metainfo(found: list[dict]) -> dict | list[dict]:
    """Return the first metainfo if all data sets have the same classes.

    mmdet makes a list if anything differs, such as the palette, but code that reads the classes
    expects a dictionary.
    """
    same = all(one.get("classes") == found[0].get("classes") for one in found)
    return found[0] if same else found


def hand_on(dataset: Any, given: Mapping) -> Any:
    """Return the config of a data set with arguments added to the data sets that accept them.

    ``MultiImageMixDataset`` has its own pipeline; all other arguments go to the data sets inside.

    Args:
        dataset: Dictionary, or a list of dictionaries.
        given: Arguments of a data set.
    """
    if isinstance(dataset, list | tuple):
        return [hand_on(one, given) for one in dataset]
    own = {key: value for key, value in given.items() if key == "pipeline" and key in dataset}
    rest = {key: value for key, value in given.items() if key not in own}
    for key in INSIDE:
        if key in dataset:
            return ConfigDict(dataset, **own, **{key: hand_on(dataset[key], rest)})
    return ConfigDict(dataset, **given)


def _pipeline(self) -> object:
    return _inner(self)[0].pipeline


def _set_pipeline(self, pipeline: object) -> None:
    for dataset in _inner(self):
        dataset.pipeline = pipeline


def _update_skip_type_keys(self, skip_type_keys: list[str]) -> None:
    """Pass on the call of mmdet's ``YOLOXModeSwitchHook`` to the ``MultiImageMixDataset``."""
    for dataset in _inner(self):
        dataset.update_skip_type_keys(skip_type_keys)


def _get_cat_ids(self, idx: int) -> list[int]:
    """Return the classes of an image, for an outer ``ClassBalancedDataset`` or a sampler."""
    if isinstance(self, MultiImageMixDataset):
        return self.dataset.get_cat_ids(idx)
    if isinstance(self, ClassBalancedDataset):
        return self.dataset.get_cat_ids(self.repeat_indices[idx])
    position = self._get_ori_dataset_idx(idx)
    if isinstance(self, ConcatDataset):
        number, position = position
        return self.datasets[number].get_cat_ids(position)
    return self.dataset.get_cat_ids(position)


def join_lists(config: Mapping) -> None:
    """Replace each list of annotation files or of data sets by a ``ConcatDataset``, in place.

    Each annotation file gets its own data set. ``data_root`` and ``data_prefix.img`` may be lists
    of the same length; all other arguments are shared. A mosaic combines images of one file.

    Args:
        config: Config with any of ``train_dataloader``, ``val_dataloader`` and
            ``test_dataloader``.

    Raises:
        InputError: Lists differ in length, or an evaluation has several files, whose image ids may
            coincide.
    """
    for name in LOADERS:
        loader = config.get(name)
        if isinstance(loader, Mapping) and "dataset" in loader:
            loader["dataset"] = _joined(loader["dataset"], name)


def _joined(dataset: Any, name: str) -> Any:
    listed = isinstance(dataset, list | tuple)
    if listed and all(isinstance(one, Mapping) for one in dataset):
        return _concatenated([_joined(one, name) for one in dataset], name)
    if not isinstance(dataset, Mapping):
        return dataset  # already built
    if "dataset" in dataset:
        dataset["dataset"] = _joined(dataset["dataset"], name)
    if "datasets" in dataset:
        dataset["datasets"] = [_joined(one, name) for one in dataset["datasets"]]
    files = dataset.get("ann_file")
    if not isinstance(files, list | tuple):
        return dataset
    return _concatenated([_part(dataset, number, name) for number in range(len(files))], name)


def _concatenated(parts: list, name: str) -> ConfigDict:
    if len(parts) == 1:
        return parts[0]
    if not parts or name != "train_dataloader":
        raise InputError(
            f"{name}: {len(parts)} annotation files, but an evaluation reads one, because an id "
            "may occur in several files; merge the files, or evaluate on each file separately"
        )
    return ConfigDict(type="mmdet.ConcatDataset", datasets=parts)


def _part(dataset: Mapping, number: int, name: str) -> ConfigDict:
    """Return the data set of one annotation file of the list."""
    prefix = dataset.get("data_prefix") or {}
    lists = {"ann_file": dataset["ann_file"], "data_root": dataset.get("data_root")}
    lists |= {f"data_prefix.{key}": value for key, value in prefix.items()}
    lists = {key: value for key, value in lists.items() if isinstance(value, list | tuple)}
    if len({len(value) for value in lists.values()}) > 1:
        lengths = ", ".join(f"{key} has {len(value)}" for key, value in lists.items())
        raise InputError(
            f"{name}.dataset: lists of different lengths ({lengths}); write lists of equal length"
        )
    part = ConfigDict(dataset)
    for key, values in lists.items():
        first, _, last = key.partition(".")
        part[first] = {**prefix, last: values[number]} if last else values[number]
        prefix = part.get("data_prefix") or {}
    return part
