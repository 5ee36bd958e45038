"""LR-Net on VisDrone's pictures in tiles of its 640 px, at full resolution."""

_base_ = "../lrnet/lrnet_n_300e_visdrone.py"
model = dict(_delete_=True, type="tinydet.SlicedDetector", detector=_base_.model)
