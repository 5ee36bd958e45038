#!/usr/bin/env python
"""Train a network of Ultralytics on a COCO data set and evaluate it as ours is.

python benchmarks/peers.py yolov8n-p2 --data data/hituav --size 320 --epochs 8
python benchmarks/peers.py yolo26n --data data/hituav --size 320 --hours 0.8 --rate 0.002 --seed 1
python benchmarks/peers.py yolo26n --data data/hituav --size 320 --epochs 8 \
    --against work_dirs/tables/recipes/tiny_drone/seed_0/predictions.json --record configs/evidence

DATA holds train.json, val.json and images/. Ultralytics (AGPL) is no dependency of this project; an
environment beside that of `make test-ops`, whose torch and torchvision fit each other, runs this:

    .venv-ops/bin/python -m venv ../peers
    echo "$(echo $PWD/.venv-ops/lib/python*/site-packages)" > \
        "$(echo ../peers/lib/python*/site-packages)/project.pth"
    ../peers/bin/pip install polars ultrafast-pycocotools==0.1.14
    ../peers/bin/pip install --no-deps ultralytics
    YOLO_CONFIG_DIR=../peers ../peers/bin/python benchmarks/peers.py yolov8n-p2 --data data/hituav

The network starts from random weights, with Ultralytics' augmentation and optimizer unless --rate
names that of AdamW. On few pictures its steps are few, because each adds up the gradients of 64
pictures; --nominal-batch 8 takes a step after 8. The last weights, a moving average, are
evaluated, not the best. Detections go to OUT/NAME/predictions.json, which
tools/analysis/compare.py takes; a training that ended is not repeated.

--record DIR writes the run into DIR/peers.csv, which tools/tables/show.py puts
after <!-- peers -->, and AP after every second epoch into DIR/curves.csv.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from pathlib import Path

from tinydet.analysis.paired import compare
from tinydet.evaluation.aitod import evaluate, evaluate_detailed
from tinydet.evaluation.belonging import read_belonging
from tinydet.evaluation.ground_truth import read_ground_truth
from tinydet.files import write_whole
from tinydet.tables.curves import Point, write_points
from tinydet.tables.differences import METRICS, gains
from tinydet.tables.peers import GAINS, NUMBERS, TABLE, PeerRun, markdown, record_peer

ROOT = Path(__file__).resolve().parents[1]
LEAST = 0.001  # score of a detection
IOU = 0.7  # of their NMS, as in our configs
BATCH, MAX_DET = 8, 300
EVERY = 2  # epochs between the points of a curve, as in our configs


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", help="a model file of Ultralytics, such as yolov8n-p2")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", type=int, default=320, help="longer side of the input, px")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--hours", type=float, help="of training, in place of the epochs")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--rate", type=float, help="of AdamW; default: Ultralytics' choice")
    parser.add_argument(
        "--nominal-batch",
        type=int,
        metavar="N",
        help="pictures a step of the optimizer: Ultralytics adds up the gradients of 64",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-det", type=int, default=MAX_DET)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/peers"))
    parser.add_argument("--against", type=Path, help="our predictions of the same pictures")
    parser.add_argument("--record", type=Path, metavar="DIR", help="usually configs/evidence")
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


def train(args: argparse.Namespace, data: Path, folder: Path) -> dict:
    """Train unless that was done; return what the training took."""
    done = folder / "training.json"
    if done.is_file():
        return json.loads(done.read_text())
    import torch
    import ultralytics

    options = dict(epochs=args.epochs, imgsz=args.size, batch=args.batch, seed=args.seed)
    options |= dict(workers=0, val=False, plots=False, verbose=False, exist_ok=True)
    options |= dict(device=args.device, project=str(folder.parent.resolve()), name=folder.name)
    options |= dict(save_period=1, amp=False)  # AMP, on a GPU alone, downloads weights for a check
    if args.rate:  # and what their own choice of AdamW sets beside its rate
        options |= dict(optimizer="AdamW", lr0=args.rate, momentum=0.9, warmup_bias_lr=0.0)
    if args.nominal_batch:
        options |= dict(nbs=args.nominal_batch)
    if args.hours:
        options |= dict(time=args.hours)
    start = time.perf_counter()
    model = ultralytics.YOLO(f"{args.network}.yaml")
    model.train(data=str(data), **options)
    hours = (time.perf_counter() - start) / 3600
    gpu = torch.device(args.device).type == "cuda"
    found = dict(
        hours=f"{hours:.2f}",
        epochs=str(model.trainer.epoch + 1),
        parameters_m=f"{sum(p.numel() for p in model.trainer.model.parameters()) / 1e6:.2f}",
        library=f"Ultralytics {ultralytics.__version__}",
        machine=torch.cuda.get_device_name() if gpu else f"{platform.machine()}, 1 thread",
    )
    write_whole(done, json.dumps(found))
    return found


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


def gains_of(args: argparse.Namespace, pred: Path) -> dict[str, str]:
    """Return ours minus its of each metric of ``GAINS``; empty texts without ``--against``."""
    if not args.against:
        return dict.fromkeys(GAINS, "")
    ann = args.data / "val.json"
    truth = read_ground_truth(ann)
    sides = [[read_belonging(truth, ann, path)] for path in (pred, args.against)]
    found = gains(TABLE, "the recipe", args.network, 1, compare(truth, *sides))
    texts = {gain.metric: gain.text for gain in found}
    return {metric: texts.get(metric, "") for metric in GAINS}


def curve(args: argparse.Namespace, folder: Path, truth: dict, epochs: int) -> list[Point]:
    """Return AP after every ``EVERY`` epochs; the file of an epoch counts from 0."""
    row = f"{args.network}, {budget_of(args)}, {settings_of(args)}"
    found = []
    for epoch in range(EVERY, epochs + 1, EVERY):
        weights = folder / f"weights/epoch{epoch - 1}.pt"
        if weights.is_file():
            ap = 100 * evaluate(truth, predictions(args, weights, truth))["AP"]
            found.append(Point(TABLE, row, args.seed, epoch, round(ap, 3)))
    return found


def budget_of(args: argparse.Namespace) -> str:
    return f"{args.hours:g} hours" if args.hours else f"{args.epochs} epochs"


def settings_of(args: argparse.Namespace) -> str:
    """Return what differs from the defaults of Ultralytics."""
    rate = [f"rate {args.rate:g}"] if args.rate else []
    step = [f"a step after {args.nominal_batch}"] if args.nominal_batch else []
    batch = [f"batches of {args.batch}"] if args.batch != BATCH else []
    kept = [f"{args.max_det} detections"] if args.max_det != MAX_DET else []
    return ", ".join([*rate, *step, *batch, *kept]) or "default"


def folder_of(args: argparse.Namespace) -> Path:
    """Return the folder of a training, which differs where anything that it depends on does."""
    words = [args.network, f"{args.size}px", budget_of(args), settings_of(args), f"seed{args.seed}"]
    name = "_".join(words).replace(", ", "_").replace(" ", "-")
    return args.out / args.data.resolve().name / name


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    folder = folder_of(args)
    took = train(args, as_yolo(args.data, folder.parent / "data"), folder)
    truth = json.loads((args.data / "val.json").read_text())
    pred = folder / "predictions.json"
    if not pred.is_file():
        write_whole(pred, json.dumps(predictions(args, folder / "weights/last.pt", truth)))
    found = evaluate_detailed(truth, json.loads(pred.read_text()))
    percent = {METRICS.get(key, key): f"{100 * value:.1f}" for key, value in found.summary.items()}
    person = found.per_class.get("person")
    run = PeerRun(
        network=args.network,
        budget=budget_of(args),
        settings=settings_of(args),
        seed=str(args.seed),
        numbers={name: percent[name] for name in NUMBERS},
        person=f"{100 * person['AP']:.1f}" if person else "",
        gains=gains_of(args, pred),
        **took,
    )
    print(markdown([run]), end="")
    if args.record:
        record_peer(args.record / "peers.csv", run)
        write_points(args.record / "curves.csv", curve(args, folder, truth, int(took["epochs"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
