"""DN-FPN on its host, retinanet/retinanet_mobilenetv2_fpn_12e_hituav.py."""

_base_ = "../retinanet/retinanet_mobilenetv2_fpn_12e_hituav.py"

model = dict(neck=dict(_delete_=True, type="tinydet.DNFPN", neck=_base_.model.neck))
