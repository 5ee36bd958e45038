#!/usr/bin/env python
"""Print a config as it is merged from its files, or the values in which it differs from another.

python tools/print_config.py configs/lrnet/lrnet_n_1500e_aitod.py
python tools/print_config.py configs/rka/faster-rcnn_r50_rka_1x_aitod.py \
    --diff configs/faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py
python tools/print_config.py configs/atss/atss_r50_fpn_1x_aitod.py --diff

One line a value, "name: the other's -> CONFIG's"; a value that only one side has is shown as absent
on the other. --diff alone compares model and schedule with the mmdet or mmyolo file that CONFIG is
made of.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tinydet.configuration import load_config
from tinydet.configuration.difference import differences, from_upstream, upstream_of
from tinydet.errors import reported


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument(
        "--diff",
        nargs="?",
        const="upstream",
        metavar="OTHER",
        help="print what differs from this config; without OTHER, from upstream's",
    )
    return parser.parse_args(argv)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.diff is None:
        print(load_config(args.config).pretty_text)
        return 0
    if args.diff == "upstream":
        lines, other = from_upstream(args.config), upstream_of(args.config)
    else:
        other = args.diff
        lines = differences(*(load_config(path).to_dict() for path in (other, args.config)))
    print(f"{args.config} against {other}:")
    print("".join(f"  {line}\n" for line in lines) or "  no value differs\n", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
