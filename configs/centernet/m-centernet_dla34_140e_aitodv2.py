"""M-CenterNet, our reconstruction, on AI-TOD-v2."""

_base_ = "centernet_dla34_140e_aitodv2.py"

model = dict(bbox_head=dict(type="tinydet.MultiCenterNetHead"))
