"""Parts of the schedules in ``configs/_base_/schedules``."""

from __future__ import annotations


def adamw(lr: float) -> dict:
    """Return the optimizer of a short training: no decay of norms and biases, clipped gradients."""
    return dict(
        type="OptimWrapper",
        optimizer=dict(type="AdamW", lr=lr, weight_decay=0.05),
        paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0),
        clip_grad=dict(max_norm=10.0),
    )


def cosine(max_epochs: int, warm_up: int, eta_min: float) -> list[dict]:
    """Return a warm-up and the cosine from its end down to a lowest rate.

    Args:
        max_epochs: Epochs of the training.
        warm_up: Steps of the linear warm-up.
        eta_min: The rate at the end.
    """
    return [
        dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=warm_up),
        dict(
            type="CosineAnnealingLR",
            eta_min=eta_min,
            begin=0,
            T_max=max_epochs,
            end=max_epochs,
            by_epoch=True,
            convert_to_iter_based=True,
        ),
    ]


def yolo_sgd(batch_size_per_gpu: int, lr: float = 0.01) -> dict:
    """Return YOLOv5's optimizer: no decay of norms and biases."""
    return dict(
        type="OptimWrapper",
        optimizer=dict(
            type="SGD",
            lr=lr,
            momentum=0.937,
            weight_decay=5e-4,
            nesterov=True,
            # The constructor scales the weight decay by the total batch.
            batch_size_per_gpu=batch_size_per_gpu,
        ),
        constructor="mmyolo.YOLOv5OptimizerConstructor",
        clip_grad=dict(max_norm=10.0),
    )


def yolo_rates(max_epochs: int, **changes) -> dict:
    """Return the hook that sets rate and momentum: warm-up and linear decay to a hundredth."""
    return dict(
        type="mmyolo.YOLOv5ParamSchedulerHook",
        scheduler_type="linear",
        lr_factor=0.01,
        max_epochs=max_epochs,
        **changes,
    )


def moving_average(**changes) -> dict:
    """Return the hook that keeps a moving average of weights and statistics."""
    return dict(
        type="EMAHook",
        ema_type="mmdet.ExpMomentumEMA",
        update_buffers=True,
        priority=49,
        **changes,
    )
