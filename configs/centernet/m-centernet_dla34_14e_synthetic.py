"""M-CenterNet, our reconstruction: several center points an object refine its box."""

_base_ = "centernet_dla34_14e_synthetic.py"

model = dict(bbox_head=dict(type="tinydet.MultiCenterNetHead"))
