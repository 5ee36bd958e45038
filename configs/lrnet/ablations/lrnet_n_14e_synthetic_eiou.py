_base_ = "../lrnet_n_14e_synthetic.py"
model = dict(bbox_head=dict(loss_bbox=dict(type="tinydet.EIoULoss")))
