_base_ = "../lrnet_n_1500e_aitod.py"
model = dict(
    bbox_head=dict(
        loss_bbox=dict(center_distance=False, corrected_angle=False, focal=None, alpha=1)
    )
)
