_base_ = "../lrnet_n_14e_synthetic.py"
model = dict(
    bbox_head=dict(loss_bbox=dict(center_distance=False, focal=None, alpha=0.5, alpha_on_iou=True))
)
