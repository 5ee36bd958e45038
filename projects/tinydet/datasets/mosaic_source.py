"""Data sets that a Mosaic can draw further images from."""

from __future__ import annotations


class MosaicSource:
    """Mixin of a data set: in training, a sample carries the data set it comes from.

    mmyolo's Mosaic takes the other images of its picture from ``results["dataset"]``, which
    mmyolo's own data sets put there and mmdet's do not.
    """

    def prepare_data(self, idx: int) -> object:
        """Run the pipeline on one image."""
        if self.test_mode:
            return super().prepare_data(idx)
        data = self.pipeline(dict(self.get_data_info(idx), dataset=self))
        if isinstance(data, dict):  # mmdet's MultiImageMixDataset copies all that it gets
            data.pop("dataset", None)
        return data
