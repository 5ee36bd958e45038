#!/usr/bin/env python
"""Make synthetic data, and train, evaluate and draw LR-Net, in work_dirs/demo.

python tools/demo.py               # same as `make demo`; again, it resumes or redraws
python tools/demo.py --restart     # start from scratch; the earlier run becomes work_dirs/demo.1
python tools/demo.py --epochs 1    # a quick look
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tinydet.configuration import load_config
from tinydet.errors import InputError, reported

ROOT = Path(__file__).resolve().parents[1]
CONFIG = Path("configs/lrnet/lrnet_n_14e_synthetic.py")
SCORE_THR = 0.3


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--work-dir",
        type=Path,
        default=Path("work_dirs/demo"),
        help="output folder (default: work_dirs/demo)",
    )
    parser.add_argument("--epochs", type=int, help="default: those of the config")
    parser.add_argument(
        "--restart", action="store_true", help="rename the earlier run and start from scratch"
    )
    parser.add_argument(
        "--device",
        choices=["auto", "cpu"],
        default="auto",
        help="auto (default): a GPU if there is one",
    )
    args = parser.parse_args(argv)
    if args.epochs is not None and args.epochs < 1:
        parser.error("--epochs must be at least 1")
    return args


class Clock:
    """Runs the parts of the job and records how long each takes.

    Args:
        environment: Environment variables of the processes.
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self.environment = environment
        self.parts: list[tuple[str, float]] = []

    def run(self, title: str, *command: str | Path) -> None:
        """Run a tool in a process of its own, because mmengine's runner is a singleton.

        Raises:
            InputError: The tool failed; its output says why.
        """
        print(f"\n=== {title}", flush=True)
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, *map(str, command)], cwd=ROOT, check=False, env=self.environment
        )
        self.parts.append((title, time.monotonic() - start))
        if done.returncode:
            raise InputError(f"{title} failed, see above; correct it and run make demo again")


def trained_epochs(work_dir: Path) -> int:
    """Return the epoch of the newest checkpoint, 0 without one."""
    last = work_dir / "last_checkpoint"
    found = re.search(r"epoch_(\d+)\.pth", last.read_text()) if last.is_file() else None
    return int(found[1]) if found else 0


def set_aside(work_dir: Path) -> None:
    """Rename the folder of an earlier run to the first free name; nothing is deleted."""
    if work_dir.exists():
        numbers = (work_dir.with_name(f"{work_dir.name}.{number}") for number in range(1, 10**6))
        free = next(path for path in numbers if not path.exists())
        work_dir.rename(free)
        print(f"the earlier run is kept as {free}")


def train(clock: Clock, args: argparse.Namespace) -> None:
    """Train from scratch, resume from the newest checkpoint, or skip a finished training."""
    epochs = args.epochs or load_config(ROOT / CONFIG).train_cfg.max_epochs
    done = trained_epochs(ROOT / args.work_dir)
    if done >= epochs:
        print(
            f"\n{args.work_dir} is trained for {done} of {epochs} epochs: it is only evaluated and "
            "drawn again (--restart trains from scratch)"
        )
        return
    command = ["tools/train.py", CONFIG, "--work-dir", args.work_dir]
    if done:
        print(f"\n{args.work_dir} resumes after epoch {done} (--restart trains from scratch)")
        command.append("--resume")
    if args.epochs:
        # The schedule stays the config's, so that a longer run can resume a short one.
        command += ["--cfg-options", f"train_cfg.max_epochs={args.epochs}"]
    clock.run("training LR-Net", *command)


def best_checkpoint(work_dir: Path) -> Path:
    """Copy the checkpoint with the best AP, or else the last one, to ``best.pth``."""
    found = sorted(work_dir.glob("best_aitod_AP_*.pth"), key=lambda path: path.stat().st_mtime)
    last = ROOT / (work_dir / "last_checkpoint").read_text().strip()
    best = work_dir / "best.pth"
    shutil.copy(found[-1] if found else last, best)
    return best


def draw(work_dir: Path, data: Path) -> None:
    """Write ``curves.png`` and ``predictions.png``."""
    from PIL import Image

    from tinydet.visualization.curves import plot_runs
    from tinydet.visualization.grid import choose_samples, prediction_grid

    plot_runs([work_dir], work_dir / "curves.png")
    coco = json.loads((data / "annotations/val.json").read_text(encoding="utf-8"))
    results = json.loads((work_dir / "detections.json").read_text(encoding="utf-8"))
    sheet = prediction_grid(
        choose_samples(coco, results, data / "val", SCORE_THR),
        [category["name"] for category in coco["categories"]],
        f"truth left, prediction right (score from {SCORE_THR})",
    )
    Image.fromarray(sheet).save(work_dir / "predictions.png", optimize=True)


def closing_words(clock: Clock, work_dir: Path, data: Path) -> str:
    """Return how long each part took, where the results are and what to try next."""
    times = "\n".join(f"{seconds / 60:6.1f} min  {title}" for title, seconds in clock.parts)
    return f"""
=== done
{times}

In {work_dir}:
  best.pth (checkpoint), */*.log (log), curves.png, predictions.png, detections.json
Next:
  python tools/infer.py {CONFIG} {work_dir}/best.pth {data}/val --inset
  python tools/train.py configs/yolov8/yolov8_n-p2_14e_synthetic.py
  python tools/analysis/plot_curves.py {work_dir} work_dirs/yolov8_n-p2_14e_synthetic"""


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    work_dir = ROOT / args.work_dir
    data = Path(os.environ.get("SYNTHETIC_ROOT", "data/synthetic"))  # as in the config
    if args.restart:
        set_aside(work_dir)
    hidden = {"CUDA_VISIBLE_DEVICES": ""} if args.device == "cpu" else {}
    clock = Clock({**os.environ, **hidden})
    clock.run("making the synthetic images", "tools/data/make_synthetic.py", "--out", data)
    train(clock, args)
    best = best_checkpoint(work_dir)
    clock.run(
        "evaluating the best checkpoint",
        *("tools/test.py", CONFIG, best, "--work-dir", work_dir / "test"),
        *("--out", work_dir / "detections.json"),
    )
    start = time.monotonic()
    draw(work_dir, ROOT / data)
    clock.parts.append(("drawing", time.monotonic() - start))
    print(closing_words(clock, args.work_dir, data))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped; the same command resumes from the newest checkpoint", file=sys.stderr)
        sys.exit(130)
