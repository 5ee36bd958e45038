_base_ = "../yolox_s_sarl-sfl_300e_aitod.py"
model = dict(bbox_head=dict(loss_bbox=dict(beta=1)))
