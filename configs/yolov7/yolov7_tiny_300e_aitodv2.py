_base_ = ["_model_tiny.py", "../_base_/aitodv2_800_yolo_300e.py"]

model = dict(
    bbox_head=dict(
        head_module=dict(num_classes=_base_.num_classes),
        # YOLOv7's rules: by the number of classes, and by the area of the image.
        loss_cls=dict(loss_weight=0.5 * _base_.num_classes / 80),
        loss_obj=dict(loss_weight=(_base_.img_scale[0] / 640) ** 2),
    ),
    test_cfg=dict(max_per_img=1500),  # what the protocol looks at, per class
)
optim_wrapper = dict(constructor="mmyolo.YOLOv7OptimWrapperConstructor")
