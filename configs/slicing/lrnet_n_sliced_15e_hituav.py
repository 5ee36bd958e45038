"""LR-Net on HIT-UAV at half resolution, in tiles of half the picture's sides, enlarged twice."""

_base_ = "../lrnet/lrnet_n_15e_hituav.py"
model = dict(
    _delete_=True,
    type="tinydet.SlicedDetector",
    detector=_base_.model,
    size=(128, 160),  # height, width
)
