#!/usr/bin/env python
"""Draw where a layer of a detector is active in a picture, or where its detections come from.

python tools/analysis/attention.py configs/lrnet/lrnet_n_14e_synthetic.py best.pth 1.png
python tools/analysis/attention.py CONFIG CHECKPOINT IMAGE --method gradcam --classes ship
python tools/analysis/attention.py CONFIG CHECKPOINT IMAGE --method activation --layer backbone

One picture a map: an FPN has several. Red is the maximum of that map, so that colors of two maps
cannot be compared.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmengine.config import DictAction
from PIL import Image

from tinydet.analysis.attention import METHODS, attention
from tinydet.checkpoints import load_model
from tinydet.configuration import load_config
from tinydet.devices import usable_device
from tinydet.errors import reported
from tinydet.inference.of_config import class_names, labels_of


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("checkpoint", help="a file or its URL")
    parser.add_argument("image", type=Path)
    parser.add_argument("--out", type=Path, default=Path("attention"), help="folder")
    parser.add_argument("--method", choices=METHODS, default="hirescam")
    parser.add_argument(
        "--layer", default="neck", help="dotted name of a module, such as neck or backbone.layer1"
    )
    parser.add_argument("--score-thr", type=float, default=0.3, help="of detections explained")
    parser.add_argument("--classes", nargs="+", metavar="NAME", help="explain these alone")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")
    parser.add_argument(
        "--cfg-options", nargs="+", action=DictAction, default={}, metavar="KEY=VALUE"
    )
    return parser.parse_args(argv)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    config = load_config(args.config, args.cfg_options)
    model = load_model(config, args.checkpoint, usable_device(args.device))
    labels = labels_of(args.classes, class_names(model, config))
    maps = attention(model, config, args.image, args.method, args.layer, args.score_thr, labels)
    args.out.mkdir(parents=True, exist_ok=True)
    for number, (level, drawn) in enumerate(zip(maps.maps, maps.drawn(), strict=True)):
        name = f"{args.image.stem}_{args.method}_{args.layer}_{number}.png"
        Image.fromarray(drawn).save(args.out / name)
        height, width = level.shape
        print(f"{args.out / name}: {width} x {height} cells, up to {level.max():.3g}")
    if args.method != "activation":
        print(f"{maps.count} detections with a score from {args.score_thr:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
