#!/usr/bin/env python
"""A training step of YOLOv9-t, YOLOv10-n and YOLO11-n beside YOLOv8-n, with and without P2.

A round takes one step of each network in turn, and a ratio is the median over the rounds of
"network / YOLOv8-n" within a round. Forward, losses, backward and SGD on images of 320 px, CPU
seconds of one thread.

    python benchmarks/yolos.py --rounds 3
"""

from __future__ import annotations

import argparse
import statistics
import sys

import steps
import torch
from layers import in_turn, quartiles
from mmengine.logging import MMLogger
from tables import parse_rounds, print_cells, print_heading, write_csv

PLAIN = "YOLOv8-n"
NETWORKS = {
    "YOLOv8-n": "yolov8/yolov8_n_1500e_aitod.py",
    "YOLOv9-t": "yolov9/yolov9_t_1500e_aitod.py",
    "YOLOv10-n": "yolov10/yolov10_n_1500e_aitod.py",
    "YOLO11-n": "yolo11/yolo11_n_1500e_aitod.py",
    "YOLOv8-n P2": "yolov8/yolov8_n-p2_1500e_aitod.py",
    "YOLOv9-t P2": "yolov9/yolov9_t-p2_1500e_aitod.py",
    "YOLOv10-n P2": "yolov10/yolov10_n-p2_1500e_aitod.py",
    "YOLO11-n P2": "yolo11/yolo11_n-p2_1500e_aitod.py",
}
COLUMNS = ["network", "step_s", "to_yolov8_n", "quartiles"]


def main(argv: list[str] | None = None) -> int:
    """Print the table, and write it where ``--csv`` says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--objects", type=int, default=100, help="an image")
    args = parse_rounds(parser, argv, 8)
    torch.set_num_threads(1)
    MMLogger.get_instance("mmengine", log_level="ERROR")
    batch = steps.draw(args.objects)
    runs = {name: steps.Runs(config, None, batch) for name, config in NETWORKS.items()}
    seconds = in_turn(
        {name: steps.step_of(run.network, run.loss) for name, run in runs.items()}, args.rounds
    )
    rows = []
    for name, own in seconds.items():
        low, middle, high = quartiles(own, seconds[PLAIN])
        cells = [name, f"{statistics.median(own):.2f}", f"{middle:.2f}", f"{low:.2f}-{high:.2f}"]
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    print_heading(COLUMNS)
    print_cells(*(row.values() for row in rows))
    print(f"\n{steps.IMAGES} images of {steps.SIDE} px, {args.objects} objects an image")
    if args.csv:
        write_csv(args.csv, COLUMNS, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
