"""CFINet on SODA-D. Published: AP 30.7 (shaunyuan22/CFINet).

Thresholds by size count px of the tiles of 800 px, which become 1200 px.
"""

_base_ = [
    "../faster_rcnn/_stock_r50_fpn_1x.py",
    "../_base_/datasets/sodad_mmdet.py",
    "_cfinet.py",
]

from tinydet.recipes import coarse_to_fine

model = _base_.cfinet
model.roi_head.bbox_head = dict(num_classes=_base_.num_classes)
model.train_cfg.rpn = coarse_to_fine.rpn_train_cfg(base_size=18.0)
train_dataloader = dict(batch_size=4)
optim_wrapper = _base_.embedding_rate
auto_scale_lr = dict(base_batch_size=4)
