#!/usr/bin/env python
"""Train the detector that a config describes.

python tools/train.py configs/lrnet/lrnet_n_14e_synthetic.py
python tools/train.py configs/lrnet/lrnet_n_15e_hituav.py --resume
python tools/train.py CONFIG --cfg-options train_dataloader.batch_size=4 randomness.seed=1
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.dataset import BaseDataset
from mmengine.device import get_device
from mmengine.registry import DATASETS, RUNNERS, init_default_scope
from mmengine.runner import Runner, find_latest_checkpoint

from tinydet.checkpoints import check_fits, read_checkpoint
from tinydet.configuration import load_config
from tinydet.configuration.building import mistakes_named
from tinydet.configuration.nested import dictionaries
from tinydet.errors import InputError, reported
from tinydet.weights.classes import check_classes, warn_of_classes

# As tinydet/recipes/runtime.py has them.
HOOKS = ("ClassNumberHook", "ResumeHook", "StopAtNaNHook", "SyncBuffersHook", "ThreadsHook")


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path, help="config file")
    parser.add_argument(
        "--work-dir", type=Path, help="output folder (default: work_dirs/<config name>)"
    )
    parser.add_argument("--resume", action="store_true", help="continue from the newest checkpoint")
    parser.add_argument(
        "--new-schedule",
        action="store_true",
        help="with --resume: use learning rate and schedule of the config, not the checkpoint",
    )
    parser.add_argument("--no-validate", action="store_true", help="train without validation")
    parser.add_argument(
        "--val-loss",
        action="store_true",
        help="also log the losses of the validation images: val_loss and its parts",
    )
    parser.add_argument("--amp", action="store_true", help="train in mixed precision, on a GPU")
    parser.add_argument(
        "--auto-scale-lr",
        action="store_true",
        help="scale the learning rate with the total batch size",
    )
    parser.add_argument(
        "--skip-bad-images",
        action="store_true",
        help="skip missing and damaged images; the log names and counts them",
    )
    parser.add_argument(
        "--launcher",
        choices=["none", "pytorch", "slurm"],
        default="none",
        help="how the processes are started (default: none, one process)",
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        default={},
        metavar="KEY=VALUE",
        help="values that override the config's",
    )
    parser.add_argument("--local-rank", type=int, help=argparse.SUPPRESS)  # older torchrun
    return parser.parse_args(argv)


def training_config(args: argparse.Namespace) -> Config:
    """Return the config with the options of the command line."""
    config = load_config(args.config, args.cfg_options)
    config.launcher = args.launcher
    default = config.get("work_dir") or Path("work_dirs") / args.config.stem
    config.work_dir = str(args.work_dir or default)
    if args.resume:
        config.update(resume=True, load_from=None)  # the newest checkpoint, not the initial weights
        if find_latest_checkpoint(config.work_dir) is None:
            raise InputError(
                f"--resume: there is no checkpoint in {config.work_dir}; "
                "omit --resume to start from scratch, or name the folder by --work-dir"
            )
    elif args.new_schedule:
        raise InputError("--new-schedule needs --resume")
    if args.no_validate:
        if args.val_loss:
            raise InputError("--val-loss and --no-validate exclude each other; omit one of them")
        config.update(val_cfg=None, val_dataloader=None, val_evaluator=None)
    if args.amp:
        config.optim_wrapper.type = "AmpOptimWrapper"
    check_precision(config)
    if args.auto_scale_lr:
        if "auto_scale_lr" not in config:
            raise InputError(
                f"--auto-scale-lr: {args.config} does not state the batch size for its "
                "learning rate; add auto_scale_lr = dict(base_batch_size=...)"
            )
        config.auto_scale_lr.enable = True
    if args.skip_bad_images:
        skip_bad_images(config)
    return config


def skip_bad_images(config: Config) -> None:
    """Let the training data skip images that cannot be read.

    Raises:
        InputError: A data set of another code base has no such argument.
    """
    init_default_scope(config.get("default_scope", "mmengine"))
    dataset = config.train_dataloader.dataset
    with DATASETS.switch_scope_and_registry(None) as registry:
        for path, node in dictionaries(dataset, "train_dataloader.dataset"):
            name = node.get("type")
            kind = registry.get(name) if isinstance(name, str) else name
            reads = inspect.isclass(kind) and issubclass(kind, BaseDataset)
            if reads and "skip_bad_images" not in inspect.signature(kind).parameters:
                raise InputError(
                    f"--skip-bad-images: {kind.__name__} at {path} cannot skip images; use "
                    "tinydet.TinyCocoDataset, which accepts the same arguments"
                )
    dataset.skip_bad_images = True


def check_precision(config: Config) -> None:
    """Refuse mixed precision on devices for which mmengine would raise an assertion."""
    if config.optim_wrapper.get("type") == "AmpOptimWrapper" and get_device() in ("cpu", "mps"):
        raise InputError(
            "mixed precision (--amp, or optim_wrapper.type='AmpOptimWrapper') needs a GPU, and "
            "torch sees none here; omit the option"
        )


def add_hooks(config: Config) -> list[str]:
    """Add the hooks of every training that a config, such as a stock config, lacks."""
    custom = config.get("custom_hooks") or []
    default = (config.get("default_hooks") or {}).values()
    kinds = [hook["type"] for hook in [*custom, *default] if hook and "type" in hook]
    # In new-style configs, a type is a class.
    names = {getattr(kind, "__name__", kind).rpartition(".")[2] for kind in kinds}
    added = [f"tinydet.{name}" for name in HOOKS if name not in names]
    config.custom_hooks = [*custom, *(dict(type=name) for name in added)]
    return added


def set_hooks(config: Config, args: argparse.Namespace) -> None:
    """Apply the options of the command line to the hooks of a config."""
    if args.val_loss:
        config.custom_hooks.append(dict(type="tinydet.ValidationLossHook"))
    if args.new_schedule:
        for hook in [*config.custom_hooks, *config.default_hooks.values()]:
            if hook and hook.get("type") == "tinydet.ResumeHook":
                hook["schedule"] = "config"


def check_start(runner: Runner) -> None:
    """Compare the initial checkpoint with model and data before the runner loads it."""
    path = runner._load_from
    if runner._resume:
        path = path or find_latest_checkpoint(runner.work_dir)
    if not path:
        return
    checkpoint = read_checkpoint(path)
    metainfo = getattr(runner.train_dataloader.dataset, "metainfo", None)
    if runner._resume:
        check_fits(runner.model, checkpoint, path)
        check_classes(checkpoint, metainfo, path)
    else:  # fine-tuning: the log lists what does not fit
        warn_of_classes(checkpoint, metainfo, path)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    config = training_config(args)
    added = add_hooks(config)
    set_hooks(config, args)
    with mistakes_named(args.config):
        runner = RUNNERS.build(config)
        if added:
            runner.logger.info(f"hooks added to the config: {', '.join(added)}")
        check_start(runner)
        runner.train()
    return 0


if __name__ == "__main__":
    sys.exit(main())
