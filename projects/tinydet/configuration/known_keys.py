"""The top-level keys of a config that mmengine, mmdet and mmyolo read.

``tests/configuration/test_known_keys.py`` finds every read of a config in the installed packages
and demands that its key is in one of these tables.
"""

from __future__ import annotations

import inspect

from mmengine.runner import Runner

# What a run reads beside the arguments of Runner.
OF_A_RUN = {
    "activation_checkpointing",
    "auto_constant",
    "compile",
    "custom_imports",
    "efficient_conv_bn_eval",
    "find_unused_parameters",
    "init_weights_for_test_or_val",
    "model_wrapper_cfg",
    "runner_type",
    "strategy",
    "sync_bn",
    "tta_model",
    "tta_pipeline",
}

# Names that do no harm where nothing reads them: what upstream's tools for analysis read or set,
# and what configs call their helpers, which a child may set for a parent that has no line for it.
HELPERS = {
    "backend_args",
    "data_root",
    "dataset_type",
    "distributed",
    "head_norm_cfg",
    "model_path",
    "model_wrapper",
    "test_pipeline",
    "train_pipeline",
    "val_pipeline",
}

# Keys of MMDetection 2, which no run reads any more, and where their values belong now.
SUCCESSORS = {
    "checkpoint_config": "default_hooks.checkpoint",
    "cudnn_benchmark": "env_cfg.cudnn_benchmark",
    "data": "train_dataloader, val_dataloader and test_dataloader",
    "dist_params": "env_cfg.dist_cfg",
    "evaluation": "val_evaluator and train_cfg.val_interval",
    "fp16": "optim_wrapper.type = 'AmpOptimWrapper'",
    "log_config": "default_hooks.logger",
    "lr_config": "param_scheduler",
    "momentum_config": "param_scheduler",
    "mp_start_method": "env_cfg.mp_cfg.mp_start_method",
    "opencv_num_threads": "env_cfg.mp_cfg.opencv_num_threads",
    "optimizer": "optim_wrapper.optimizer",
    "optimizer_config": "optim_wrapper",
    "resume_from": "load_from, with resume = True",
    "runner": "train_cfg",
    "seed": "randomness.seed",
    "total_epochs": "train_cfg.max_epochs",
    "workflow": "train_cfg and val_cfg",
}


def run_keys() -> set[str]:
    """Return the keys that change what a run does."""
    return set(inspect.signature(Runner.__init__).parameters) - {"self", "cfg"} | OF_A_RUN
