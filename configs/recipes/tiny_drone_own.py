"""The recipe of docs/recipe.md on your own COCO JSON: OWN_ROOT names the folder."""

_base_ = [
    "../yolov8/_model_mobilenetv2-p2.py",
    "../_base_/datasets/own_mmyolo.py",
    "../_base_/schedules/adamw_15e.py",
]

from tinydet.recipes import mmyolo_data
from tinydet.recipes.schedules import cosine

max_epochs = 30
first_scale, img_scale = (640, 640), (960, 960)  # width, height: of most epochs; the last, and test
train_pipeline = mmyolo_data.flips(first_scale)
train_pipeline_stage2 = mmyolo_data.flips(img_scale)
model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
    test_cfg=dict(max_per_img=1500),  # what the protocol looks at, per class
)
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = cosine(max_epochs, warm_up=100, eta_min=1e-4)
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=mmyolo_data.test_images(img_scale)))
test_dataloader = val_dataloader
custom_hooks = [
    *_base_.custom_hooks,
    mmyolo_data.last_epochs(train_pipeline_stage2, max_epochs, last=8),
]
