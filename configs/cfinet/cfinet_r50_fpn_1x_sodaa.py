"""CFINet on SODA-A. The published AP 34.4 is that of rotated boxes; these are horizontal.

Thresholds by size count px of the tiles of 800 px, which become 1200 px.
"""

_base_ = [
    "../faster_rcnn/_stock_r50_fpn_1x.py",
    "../_base_/datasets/sodaa_mmdet.py",
    "_cfinet.py",
]

from tinydet.recipes import coarse_to_fine

model = _base_.cfinet
model.roi_head.bbox_head = dict(num_classes=_base_.num_classes)
model.train_cfg.rpn = coarse_to_fine.rpn_train_cfg(base_size=18.0)
model.test_cfg.rcnn = dict(max_per_img=2000)
train_dataloader = dict(batch_size=4)
optim_wrapper = _base_.embedding_rate
auto_scale_lr = dict(base_batch_size=4)
