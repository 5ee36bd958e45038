_base_ = "../lrnet_n_1500e_aitod.py"
model = dict(bbox_head=dict(loss_bbox=dict(corrected_angle=False)))
