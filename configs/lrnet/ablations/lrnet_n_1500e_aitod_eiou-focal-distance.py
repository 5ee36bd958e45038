_base_ = "lrnet_n_1500e_aitod_eiou.py"
model = dict(bbox_head=dict(loss_bbox=dict(focal="distance")))
