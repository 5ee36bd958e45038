"""LR-Net's schedule on AI-TOD: SGD, batch 4, 1500 epochs at 640 px (baselines.md, first table).

YOLOv8's warm-up and linear decay; the last 10 epochs without mosaic.
"""

max_epochs = 1500
close_mosaic_epochs = 10
train_cfg = dict(
    type="EpochBasedTrainLoop",
    max_epochs=max_epochs,
    val_interval=50,
    dynamic_intervals=[(max_epochs - close_mosaic_epochs, 1)],
)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(
        type="SGD",
        lr=0.01,
        momentum=0.937,
        weight_decay=5e-4,
        nesterov=True,
        batch_size_per_gpu=4,  # the constructor scales the weight decay by the total batch
    ),
    constructor="mmyolo.YOLOv5OptimizerConstructor",
    clip_grad=dict(max_norm=10.0),
)
auto_scale_lr = dict(enable=False, base_batch_size=4)
