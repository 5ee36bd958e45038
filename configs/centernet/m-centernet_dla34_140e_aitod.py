"""M-CenterNet, our reconstruction, on AI-TOD. Published (SARL, Table I): AP 14.5."""

_base_ = "centernet_dla34_140e_aitod.py"

model = dict(bbox_head=dict(type="tinydet.MultiCenterNetHead"))
