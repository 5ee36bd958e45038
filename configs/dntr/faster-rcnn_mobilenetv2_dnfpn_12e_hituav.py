"""DN-FPN on its host, faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py."""

_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py"

model = dict(neck=dict(_delete_=True, type="tinydet.DNFPN", neck=_base_.model.neck))
