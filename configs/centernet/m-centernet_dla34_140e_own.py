"""M-CenterNet, our reconstruction, on your data, in crops of 512 px."""

_base_ = "centernet_dla34_140e_own.py"

model = dict(bbox_head=dict(type="tinydet.MultiCenterNetHead"))
