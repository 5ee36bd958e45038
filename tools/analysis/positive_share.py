#!/usr/bin/env python
"""Print the share of AI-TOD-like objects that have a positive prior under each config.

python tools/analysis/positive_share.py 'configs/simd/*.py' configs/fcos/fcos_r50_fpn_1x_aitod.py
"""

from __future__ import annotations

import argparse
import glob
import sys

import tinydet  # noqa: F401  (first: mmdet cannot be imported without mmcv's operators)

# isort: split
from mmengine.config import Config

from tinydet.analysis.positive_share import positive_share, tiny_objects
from tinydet.errors import InputError, reported


@reported
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="+", metavar="CONFIG", help="a file, or a glob in quotes")
    args = parser.parse_args(argv)

    images = tiny_objects()
    print("| config | objects with a positive prior |\n|---|---|")
    for pattern in args.configs:
        paths = sorted(path for path in glob.glob(pattern, recursive=True) if "/_" not in path)
        if not paths:
            raise InputError(f"no config matches {pattern!r}")
        for path in paths:
            share = positive_share(Config.fromfile(path), images)
            print(f"| `{path}` | {'not by priors' if share is None else f'{share:.1%}'} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
