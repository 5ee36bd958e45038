"""SR-TOD (arXiv:2405.11276) behind the FPN."""

_base_ = "../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"

model = dict(neck=[_base_.model.neck, dict(type="tinydet.SRTOD", channels=64, threshold=3.0)])
