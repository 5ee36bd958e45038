_base_ = "lrnet_n_1500e_aitod_siou-corrected.py"
model = dict(bbox_head=dict(loss_bbox=dict(alpha=0.5, alpha_on_iou=True)))
