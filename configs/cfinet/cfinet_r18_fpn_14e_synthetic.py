"""A small CFINet for the synthetic images, to try things on a CPU."""

_base_ = ["../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py", "_cfinet.py"]

from tinydet.recipes import coarse_to_fine

model = _base_.cfinet
model.rpn_head = dict(_delete_=True, **coarse_to_fine.rpn_head(channels=64))
model.roi_head.norm_cfg = dict(type="GN", num_groups=8)
optim_wrapper = _base_.embedding_rate
