#!/usr/bin/env python
"""Draw the activation of a layer in an image, or the pixels that its detections depend on.

python tools/analysis/attention.py configs/lrnet/lrnet_n_14e_synthetic.py best.pth 1.png
python tools/analysis/attention.py CONFIG CHECKPOINT IMAGE --method gradcam --classes ship
python tools/analysis/attention.py CONFIG CHECKPOINT IMAGE --method activation --layer backbone

Each map is drawn as one image; an FPN has several maps. Red is the maximum of the map, so colors of
different maps are not comparable.
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
    parser.add_argument("config", type=Path, help="config file")
    parser.add_argument("checkpoint", help="file or URL")
    parser.add_argument("image", type=Path, help="image file")
    parser.add_argument("--out", type=Path, default=Path("attention"), help="output folder")
    parser.add_argument(
        "--method", choices=METHODS, default="hirescam", help="kind of map (default: hirescam)"
    )
    parser.add_argument(
        "--layer", default="neck", help="name of a module, such as backbone.layer1 (default: neck)"
    )
    parser.add_argument(
        "--score-thr",
        type=float,
        default=0.3,
        help="explain detections from this score on (default: 0.3)",
    )
    parser.add_argument(
        "--classes", nargs="+", metavar="NAME", help="explain only detections of these classes"
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        default={},
        metavar="KEY=VALUE",
        help="values that override the config's",
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
