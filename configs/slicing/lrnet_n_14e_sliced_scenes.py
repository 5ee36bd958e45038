"""LR-Net trained on whole scenes of 2048 px and tested in tiles."""

_base_ = "../lrnet/lrnet_n_14e_scenes.py"
model = dict(_delete_=True, type="tinydet.SlicedDetector", detector=_base_.model)
