_base_ = ["_model_n_p2.py", "_dotav2.py"]

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
    test_cfg=dict(max_per_img=1500),  # what the protocol looks at, per class
)
