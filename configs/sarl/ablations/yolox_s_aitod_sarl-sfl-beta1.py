_base_ = "../yolox_s_sarl-sfl_aitod.py"
model = dict(bbox_head=dict(loss_bbox=dict(beta=1)))
