#!/usr/bin/env python
"""Evaluate a checkpoint on the test set of its config.

python tools/test.py configs/lrnet/lrnet_n_14e_synthetic.py work_dirs/demo/best.pth
python tools/test.py CONFIG CHECKPOINT --out predictions.json --show-dir pictures --tta
python tools/test.py configs/lrnet/lrnet_n_300e_visdrone.py CHECKPOINT --out folder_of_text_files
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.logging import print_log
from mmengine.registry import RUNNERS

from tinydet.checkpoints import check_fits, read_checkpoint
from tinydet.configuration import load_config
from tinydet.configuration.building import mistakes_named
from tinydet.errors import InputError, reported
from tinydet.inference.tta import augment
from tinydet.weights.classes import check_classes

OUT = {  # evaluator: its argument for the output path
    "tinydet.AITODMetric": "out_file",
    "tinydet.SODAMetric": "out_file",
    "tinydet.VisDroneMetric": "out_dir",
    "mmdet.CocoMetric": "outfile_prefix",
}
PICKLES = {".pkl", ".pickle"}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("checkpoint", help="a file or its URL")
    parser.add_argument("--work-dir", type=Path, help="default: work_dirs/<config name>")
    parser.add_argument(
        "--out",
        type=Path,
        help="write the detections: COCO results JSON (OUT.bbox.json by mmdet's CocoMetric), "
        "for VisDrone a folder of text files; with any evaluator, a name in .pkl gets a pickle for "
        "mmdet's tools",
    )
    parser.add_argument("--show-dir", type=Path, help="draw the detections into this folder")
    parser.add_argument(
        "--tta",
        action="store_true",
        help="test-time augmentation by tta_model and tta_pipeline of the config, or by a "
        "horizontal flip if the config has none",
    )
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm"], default="none")
    parser.add_argument(
        "--cfg-options", nargs="+", action=DictAction, default={}, metavar="KEY=VALUE"
    )
    parser.add_argument("--local-rank", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def test_config(args: argparse.Namespace) -> Config:
    """Return the config with the options of the command line applied."""
    config = load_config(args.config, args.cfg_options)
    config.launcher = args.launcher
    default = config.get("work_dir") or Path("work_dirs") / args.config.stem
    config.work_dir = str(args.work_dir or default)
    config.load_from = args.checkpoint
    if "test_evaluator" not in config:
        raise InputError(f"config {args.config} has no test_evaluator, so nothing can be measured")
    if args.out:
        write_detections(config, args.out)
    if args.show_dir:
        draw = dict(type="tinydet.DrawDetectionsHook", out_dir=str(args.show_dir))
        config.custom_hooks = [*(config.get("custom_hooks") or []), draw]
    if args.tta:
        augment(config)
    elif config.get("tta_model") or config.get("tta_pipeline"):
        print_log("tta_model and tta_pipeline of the config have no effect without --tta")
    return config


def write_detections(config: Config, out: Path) -> None:
    """Set the output path of the config's evaluator, or add mmdet's evaluator that pickles.

    Raises:
        InputError: No evaluator of the config can write a file.
    """
    found = config.test_evaluator
    evaluators = [found] if isinstance(found, dict) else list(found)
    if out.suffix in PICKLES:
        dump = dict(type="mmdet.DumpDetResults", out_file_path=str(out))
        config.test_evaluator = [*evaluators, dump]
        return
    writers = [evaluator for evaluator in evaluators if evaluator.get("type") in OUT]
    if not writers:
        kinds = ", ".join(repr(evaluator.get("type")) for evaluator in evaluators)
        raise InputError(
            f"--out: test_evaluator is {kinds}; use one of {[*OUT]}, or a name in .pkl for a "
            "pickle that mmdet's tools read"
        )
    writers[0][OUT[writers[0].type]] = str(out)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    config = test_config(args)
    checkpoint = read_checkpoint(args.checkpoint)
    with mistakes_named(args.config):
        runner = RUNNERS.build(config)
        check_fits(runner.model, checkpoint, args.checkpoint)
        metainfo = getattr(runner.test_dataloader.dataset, "metainfo", None)
        check_classes(checkpoint, metainfo, args.checkpoint)
        runner.test()
    return 0


if __name__ == "__main__":
    sys.exit(main())
