"""What every run has: the package, loops, hooks, logging, seed.

Every schedule of ``configs/`` takes all of these names by ``import *``.
"""

custom_imports = dict(imports=["tinydet"], allow_failed_imports=False)
default_scope = "mmdet"

val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=20),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="CheckpointHook",
        interval=1,
        save_best="auto",
        max_keep_ckpts=2,  # mmengine removes the old one before it writes the new one
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    visualization=dict(type="mmdet.DetVisualizationHook"),
    class_number=dict(type="tinydet.ClassNumberHook"),
    resume=dict(type="tinydet.ResumeHook"),
    stop_at_nan=dict(type="tinydet.StopAtNaNHook"),
    sync_buffers=dict(type="tinydet.SyncBuffersHook"),
    threads=dict(type="tinydet.ThreadsHook"),
)
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
visualizer = dict(
    type="mmdet.DetLocalVisualizer",
    vis_backends=[dict(type="LocalVisBackend")],
    name="visualizer",
)
log_processor = dict(type="LogProcessor", window_size=20, by_epoch=True)
log_level = "INFO"
load_from = None
resume = False
randomness = dict(seed=0)
