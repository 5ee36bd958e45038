#!/usr/bin/env python
"""Train a network of Ultralytics on a COCO data set and evaluate it as ours is.

python benchmarks/peers.py yolov8n-p2 --data data/hituav --size 320 --epochs 15
python benchmarks/peers.py yolo26n --data data/hituav --size 320 --epochs 15 --rate 0.002 --seed 1

DATA holds train.json, val.json and images/. Ultralytics (AGPL) is no dependency of this project; an
environment beside that of `make test-ops`, whose torch and torchvision fit each other, runs this:

    .venv-ops/bin/python -m venv ../peers
    echo "$(echo $PWD/.venv-ops/lib/python*/site-packages)" > \
        "$(echo ../peers/lib/python*/site-packages)/project.pth"
    ../peers/bin/pip install polars ultrafast-pycocotools==0.1.14
    ../peers/bin/pip install --no-deps ultralytics
    YOLO_CONFIG_DIR=../peers ../peers/bin/python benchmarks/peers.py yolov8n-p2 --data data/hituav

The network starts from random weights, with Ultralytics' augmentation and optimizer unless --rate
names that of AdamW. The last weights, a moving average, are evaluated, not the best. Detections
go to OUT/NAME/predictions.json, which tools/analysis/compare.py takes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from tables import write_csv

from tinydet.evaluation.aitod import evaluate

ROOT = Path(__file__).resolve().parents[1]
LEAST = 0.001  # score of a detection
IOU = 0.7  # of their NMS, as in our configs
METRICS = {"AP": "AP", "AP50": "AP_50", "APvt": "AP_vt", "APt": "AP_t", "APs": "AP_s"}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", help="a model file of Ultralytics, such as yolov8n-p2")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", type=int, default=320, help="longer side of the input, px")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--hours", type=float, help="of training, in place of the epochs")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, help="of AdamW; default: Ultralytics' choice")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-det", type=int, default=300)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/peers"))
    return parser.parse_args(argv)


def as_yolo(data: Path, out: Path) -> Path:
    """Return the ``data.yaml`` of a COCO data set as YOLO files, written the first time."""
    found = out / "data.yaml"
    if not found.is_file():
        ann = [str(data / f"{split}.json") for split in ("train", "val")]
        words = ["--from", "coco", "--to", "yolo", "--ann", *ann, "--images", str(data / "images")]
        tool = ROOT / "tools/data/convert.py"
        subprocess.run([sys.executable, tool, *words, "--out", str(out)], check=True)
    return found.resolve()


def train(args: argparse.Namespace, data: Path, folder: Path) -> tuple[Path, float]:
    """Return the last weights and the hours of the training."""
    from ultralytics import YOLO

    options = dict(epochs=args.epochs, imgsz=args.size, batch=args.batch, seed=args.seed)
    options |= dict(workers=0, val=False, plots=False, verbose=False, exist_ok=True)
    options |= dict(device=args.device, project=str(folder.parent.resolve()), name=folder.name)
    if args.rate:
        options |= dict(optimizer="AdamW", lr0=args.rate)
    if args.hours:
        options |= dict(time=args.hours)
    start = time.perf_counter()
    YOLO(f"{args.network}.yaml").train(data=str(data), **options)
    return folder / "weights/last.pt", (time.perf_counter() - start) / 3600


def predictions(args: argparse.Namespace, weights: Path, truth: dict) -> list[dict]:
    """Return the detections on the pictures of val, as COCO results."""
    from ultralytics import YOLO

    model = YOLO(str(weights))
    # convert.py numbers the classes by the order of the categories.
    ids = [category["id"] for category in sorted(truth["categories"], key=lambda one: one["id"])]
    options = dict(imgsz=args.size, conf=LEAST, iou=IOU, max_det=args.max_det, verbose=False)
    rows = []
    for image in truth["images"]:
        path = str(args.data / "images" / image["file_name"])
        boxes = model.predict(path, device=args.device, **options)[0].boxes
        for (x1, y1, x2, y2), score, label in zip(
            boxes.xyxy.tolist(), boxes.conf.tolist(), boxes.cls.tolist(), strict=True
        ):
            box = [x1, y1, x2 - x1, y2 - y1]
            rows.append(
                dict(image_id=image["id"], category_id=ids[int(label)], bbox=box, score=score)
            )
    return rows


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    rate = f"_rate{args.rate:g}" if args.rate else ""
    budget = f"{args.hours:g}h" if args.hours else f"{args.epochs}e"
    folder = args.out / f"{args.network}_{args.size}px_{budget}{rate}_seed{args.seed}"
    weights, hours = train(args, as_yolo(args.data, args.out / "data"), folder)
    truth = json.loads((args.data / "val.json").read_text())
    found = predictions(args, weights, truth)
    (folder / "predictions.json").write_text(json.dumps(found))
    numbers = evaluate(truth, found)
    row = dict(run=folder.name, hours=f"{hours:.3f}")
    row |= {name: f"{100 * numbers[key]:.2f}" for name, key in METRICS.items()}
    print(row)
    write_csv(folder / "row.csv", list(row), [row])
    return 0


if __name__ == "__main__":
    sys.exit(main())
