"""Data sets from which a Mosaic can draw further images."""

from __future__ import annotations


class MosaicSource:
    """Mixin that adds the data set to each training sample, as ``results["dataset"]``.

    mmyolo's Mosaic draws the other images of a mosaic from ``results["dataset"]``. mmyolo's own
    data sets set this key; mmdet's do not.
    """

    def prepare_data(self, idx: int) -> object:
        """Run the pipeline on one image."""
        if self.test_mode:
            return super().prepare_data(idx)
        data = self.pipeline(dict(self.get_data_info(idx), dataset=self))
        if isinstance(data, dict):  # mmdet's MultiImageMixDataset would copy the data set
            data.pop("dataset", None)
        return data
