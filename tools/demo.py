#!/usr/bin/env python
"""The main job: synthetic data, LR-Net trained on it, evaluated and drawn, in work_dirs/demo.

python tools/demo.py               # what `make demo` runs; a second time it goes on or redraws
python tools/demo.py --restart     # from the beginning
python tools/demo.py --epochs 1    # a quick look
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tinydet.errors import InputError, reported

ROOT = Path(__file__).resolve().parents[1]
CONFIG = Path("configs/lrnet/lrnet_n_synthetic.py")
DATA = Path("data/synthetic")
SCORE_THR = 0.3


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/demo"))
    parser.add_argument("--epochs", type=int, help="default: what the config says")
    parser.add_argument("--restart", action="store_true", help="remove an earlier run first")
    return parser.parse_args(argv)


class Clock:
    """Announces the parts of the job and remembers how long each took."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, float]] = []

    def run(self, title: str, *command: str | Path) -> None:
        """Run a tool in a process of its own: mmengine's runner is a singleton.

        Raises:
            InputError: It failed; it has said why.
        """
        print(f"\n=== {title}", flush=True)
        start = time.monotonic()
        done = subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, check=False)
        self.parts.append((title, time.monotonic() - start))
        if done.returncode:
            raise InputError(f"{title} failed, see above; correct it and run make demo again")


def train_arguments(args: argparse.Namespace) -> list[str]:
    """Return the arguments of train.py: from the start, or on from the newest checkpoint."""
    arguments = [str(CONFIG), "--work-dir", str(args.work_dir)]
    if (ROOT / args.work_dir / "last_checkpoint").is_file():
        print(f"going on from the newest checkpoint in {args.work_dir}; --restart begins anew")
        arguments.append("--resume")
    if args.epochs:
        arguments += ["--cfg-options", f"train_cfg.max_epochs={args.epochs}"]
    return arguments


def best_checkpoint(work_dir: Path) -> Path:
    """Copy the checkpoint with the best AP to ``best.pth``; without one, the last."""
    found = sorted(work_dir.glob("best_aitod_AP_*.pth"), key=lambda path: path.stat().st_mtime)
    last = Path((work_dir / "last_checkpoint").read_text().strip())
    best = work_dir / "best.pth"
    shutil.copy(found[-1] if found else last, best)
    return best


def draw(work_dir: Path) -> None:
    """Write ``curves.png`` and ``predictions.png``."""
    from tinydet.visualization.curves import plot_runs
    from tinydet.visualization.draw import Objects
    from tinydet.visualization.grid import prediction_grid, spread

    plot_runs([work_dir], work_dir / "curves.png")
    coco = json.loads((ROOT / DATA / "annotations/val.json").read_text())
    found = json.loads((work_dir / "detections.json").read_text())

    def objects(rows: list[dict]) -> dict[int, Objects]:
        by_image: dict[int, list] = {image["id"]: [] for image in coco["images"]}
        for row in rows:
            by_image[row["image_id"]].append(row)
        return {
            image_id: Objects(
                np.array([[x, y, x + w, y + h] for x, y, w, h in (r["bbox"] for r in some)])
                .reshape(-1, 4)
                .astype(float),
                np.array([row["category_id"] - 1 for row in some], int),
                np.array([row.get("score", 1.0) for row in some]),
            )
            for image_id, some in by_image.items()
        }

    truths, predictions = objects(coco["annotations"]), objects(found)
    ids = [image["id"] for image in coco["images"]]
    chosen = [ids[index] for index in spread([truths[image_id] for image_id in ids], 6)]
    files = {image["id"]: image["file_name"] for image in coco["images"]}
    images = [np.asarray(Image.open(ROOT / DATA / "val" / files[image_id])) for image_id in chosen]
    plain = [Objects(truths[image_id].boxes, truths[image_id].labels) for image_id in chosen]
    classes = [category["name"] for category in coco["categories"]]
    sheet = prediction_grid(
        images, plain, [predictions[image_id] for image_id in chosen], classes, SCORE_THR
    )
    Image.fromarray(sheet).save(work_dir / "predictions.png", optimize=True)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    work_dir = ROOT / args.work_dir
    if args.restart:
        shutil.rmtree(work_dir, ignore_errors=True)
    clock = Clock()
    clock.run("making the synthetic images", "tools/data/make_synthetic.py", "--out", DATA)
    clock.run("training LR-Net", "tools/train.py", *train_arguments(args))
    best = best_checkpoint(work_dir)
    clock.run(
        "evaluating the best checkpoint",
        *("tools/test.py", CONFIG, best, "--work-dir", work_dir / "test"),
        *("--out", work_dir / "detections.json"),
    )
    start = time.monotonic()
    draw(work_dir)
    clock.parts.append(("drawing", time.monotonic() - start))
    print("\n=== done")
    for title, seconds in clock.parts:
        print(f"{seconds / 60:6.1f} min  {title}")
    print(f"""
In {args.work_dir}:
  best.pth (checkpoint), */*.log (log), curves.png, predictions.png, detections.json
Next:
  python tools/infer.py {CONFIG} {args.work_dir}/best.pth {DATA}/val --inset
  python tools/train.py configs/yolov8/yolov8_n-p2_synthetic.py
  python tools/analysis/plot_curves.py {args.work_dir} work_dirs/yolov8_n-p2_synthetic""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
