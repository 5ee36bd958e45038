"""The recipe with SARL before its neck."""

_base_ = "../recipes/tiny_drone.py"

mapper, pyramid = _base_.model.neck
model = dict(neck=[mapper, dict(type="tinydet.SARL", in_channels=_base_.channels), pyramid])
