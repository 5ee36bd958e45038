"""LR-Net on pictures of one's own, of any size, in tiles of its 640 px."""

_base_ = "../lrnet/lrnet_n_300e_own.py"
model = dict(_delete_=True, type="tinydet.SlicedDetector", detector=_base_.model)
