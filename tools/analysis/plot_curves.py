#!/usr/bin/env python
"""Draw losses and AP of one or several runs.

python tools/analysis/plot_curves.py work_dirs/demo --out curves.png
python tools/analysis/plot_curves.py work_dirs/yolov8_n-p2_15e_hituav work_dirs/lrnet_n_15e_hituav
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tinydet.errors import reported
from tinydet.visualization.curves import plot_runs


@reported
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", help="work folders")
    parser.add_argument("--out", type=Path, default=Path("curves.png"))
    args = parser.parse_args(argv)
    plot_runs(args.runs, args.out)
    print(f"curves of {len(args.runs)} runs written to {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
