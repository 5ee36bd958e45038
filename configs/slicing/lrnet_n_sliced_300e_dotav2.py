"""LR-Net on DOTA-v2's whole pictures, in the tiles that it is trained on: DOTAV2_ROOT names which.

Training wants the tiles of docs/data.md there, a test the pictures that they are cut from.
"""

_base_ = "../lrnet/lrnet_n_300e_dotav2.py"
model = dict(
    _delete_=True,
    type="tinydet.SlicedDetector",
    detector=_base_.model,
    size=1024,
    overlap=200,
)
