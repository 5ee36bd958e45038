#!/usr/bin/env python
"""Train the detector that a config describes.

python tools/train.py configs/lrnet/lrnet_n_synthetic.py
python tools/train.py configs/lrnet/lrnet_n_hituav.py --resume
python tools/train.py CONFIG --cfg-options train_dataloader.batch_size=4 randomness.seed=1
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.runner import Runner, find_latest_checkpoint

from tinydet.building import mistakes_named
from tinydet.checkpoints import check_fits, read_checkpoint
from tinydet.configuration import load_config
from tinydet.errors import InputError, reported

HOOKS = ("ClassNumberHook", "StopAtNaNHook", "SyncBuffersHook", "ThreadsHook")  # of every training


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("--work-dir", type=Path, help="default: work_dirs/<config name>")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")
    parser.add_argument("--amp", action="store_true", help="mixed precision (bf16 on a CPU)")
    parser.add_argument(
        "--auto-scale-lr", action="store_true", help="scale the rate with the total batch size"
    )
    parser.add_argument(
        "--skip-bad-images",
        action="store_true",
        help="train without images that are missing or damaged, each named and counted",
    )
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm"], default="none")
    parser.add_argument(
        "--cfg-options", nargs="+", action=DictAction, default={}, metavar="KEY=VALUE"
    )
    parser.add_argument("--local-rank", type=int, help=argparse.SUPPRESS)  # older torchrun
    return parser.parse_args(argv)


def training_config(args: argparse.Namespace) -> Config:
    """Return the config with the command line's wishes written into it."""
    config = load_config(args.config, args.cfg_options)
    config.launcher = args.launcher
    config.work_dir = str(args.work_dir or Path("work_dirs") / args.config.stem)
    config.resume = args.resume
    if args.resume and find_latest_checkpoint(config.work_dir) is None:
        raise InputError(
            f"--resume: there is no checkpoint in {config.work_dir}; "
            "leave --resume out to start from the beginning, or name the folder by --work-dir"
        )
    if args.amp:
        config.optim_wrapper.type = "AmpOptimWrapper"
    if args.auto_scale_lr:
        if "auto_scale_lr" not in config:
            raise InputError(
                f"--auto-scale-lr: {args.config} does not say for which batch size its rate is; "
                "add auto_scale_lr = dict(base_batch_size=...)"
            )
        config.auto_scale_lr.enable = True
    if args.skip_bad_images:
        config.train_dataloader.dataset.skip_bad_images = True
    ours = [dict(type=f"tinydet.{name}") for name in HOOKS]
    hooks = config.get("custom_hooks") or []
    # They are in a config that an earlier run saved.
    config.custom_hooks = [*hooks, *(hook for hook in ours if hook not in hooks)]
    return config


def check_start(runner: Runner) -> None:
    """Compare the checkpoint that training starts from with the model, before it is loaded."""
    if runner._resume:
        path = find_latest_checkpoint(runner.work_dir)
        check_fits(runner.model, read_checkpoint(path), path)
    elif runner._load_from:
        read_checkpoint(runner._load_from)  # what does not fit is listed by mmengine: fine-tuning


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    config = training_config(args)
    with mistakes_named(args.config):
        runner = Runner.from_cfg(config)
        check_start(runner)
        runner.train()
    return 0


if __name__ == "__main__":
    sys.exit(main())
