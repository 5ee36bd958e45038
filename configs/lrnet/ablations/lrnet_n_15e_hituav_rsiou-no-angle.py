_base_ = "../lrnet_n_15e_hituav.py"
model = dict(bbox_head=dict(loss_bbox=dict(corrected_angle=False)))
