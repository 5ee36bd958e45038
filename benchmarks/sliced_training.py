#!/usr/bin/env python
"""Tiles against whole pictures, in training and at test: equal pixels, equal first weights.

python benchmarks/sliced_training.py scenes FIRST.pth --seeds 3 --out work_dirs/sliced_training
python benchmarks/sliced_training.py hituav FIRST.pth --seeds 3 --out work_dirs/sliced_training

Every training starts from FIRST.pth, a checkpoint of configs/lrnet/lrnet_n_14e_synthetic.py, and
sees as many pixels, rounded to a step. AP is AI-TOD's on whole pictures of the last moving
average; pictures/s are those of test.py, which loads and predicts. An interrupted run goes on
where it was stopped. The table of all runs is written to OUT/DATA.csv.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tables import print_cells, print_heading, write_csv

from tinydet.configuration import load_config

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "configs"
SIZES = {"AP": "AP", "AP50": "AP_50", "APvt": "AP_vt", "APt": "AP_t", "APs": "AP_s", "APm": "AP_m"}
COLUMNS = ("row", "seed", *SIZES, "pictures/s")

CHANGES = """
_base_ = {config!r}
load_from = {first!r}
train_cfg = dict(_delete_=True, type="IterBasedTrainLoop", max_iters={steps}, val_interval={steps})
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, end=1 + {steps} // 10),
    dict(type="CosineAnnealingLR", eta_min=5e-5, by_epoch=False, T_max={steps}),
]
default_hooks = dict(checkpoint=dict(by_epoch=False, interval={steps}, save_best=None))
log_processor = dict(by_epoch=False)
train_dataloader = dict(batch_size={batch}, num_workers=0, persistent_workers=False)
val_dataloader = None
val_cfg = None
val_evaluator = None
"""


class Training(NamedTuple):
    """A config and what a step of it sees.

    Attributes:
        config: Path below ``configs/``.
        batch: Pictures or tiles of a step.
        pixels: Pixels of one of them, as the network sees it.
    """

    config: str
    batch: int
    pixels: int

    def steps(self, pixels: float) -> int:
        """Return the steps until a training has seen so many pixels."""
        return round(pixels / (self.batch * self.pixels))


TRAININGS = {
    "scenes": {
        "resized": Training("slicing/lrnet_n_640px_14e_scenes.py", 4, 640 * 640),
        "whole": Training("lrnet/lrnet_n_14e_scenes.py", 1, 2048 * 2048),
        "sliced": Training("slicing/lrnet_n_tiles_14e_scenes.py", 4, 640 * 640),
    },
    "hituav": {
        "whole": Training("lrnet/lrnet_n_15e_hituav.py", 8, 320 * 256),
        "sliced": Training("slicing/lrnet_n_tiles_15e_hituav.py", 8, 320 * 256),
    },
}
TESTS = {  # row: training, config of the test
    "scenes": {
        "resized to 640 px": ("resized", "slicing/lrnet_n_640px_14e_scenes.py"),
        "whole": ("whole", "lrnet/lrnet_n_14e_scenes.py"),
        "trained whole, tested in tiles": ("whole", "slicing/lrnet_n_sliced_14e_scenes.py"),
        "trained and tested in tiles": ("sliced", "slicing/lrnet_n_tiles_14e_scenes.py"),
    },
    "hituav": {
        "whole": ("whole", "lrnet/lrnet_n_15e_hituav.py"),
        "trained and tested in tiles": ("sliced", "slicing/lrnet_n_tiles_15e_hituav.py"),
    },
}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", choices=TRAININGS)
    parser.add_argument("first", type=Path, help="checkpoint that every training starts from")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pixels", type=float, default=1e8, help="of a training")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/sliced_training"))
    return parser.parse_args(argv)


def main() -> None:
    args = parse_args()
    rows = []
    print_heading(COLUMNS)
    for seed in range(args.seeds):
        for row, (training, config) in TESTS[args.data].items():
            checkpoint = train(args, training, seed)
            folder = args.out / f"{args.data}_{row.replace(' ', '-')}_{seed}"
            numbers = test(CONFIGS / config, checkpoint, folder)
            rows.append(dict(zip(COLUMNS, (row, str(seed), *numbers), strict=True)))
            print_cells(rows[-1].values())
            write_csv(args.out / f"{args.data}.csv", COLUMNS, rows)


def train(args: argparse.Namespace, name: str, seed: int) -> Path:
    """Train from the first checkpoint unless that was done; return the last one."""
    chosen = TRAININGS[args.data][name]
    steps = chosen.steps(args.pixels)
    folder = args.out / f"{args.data}_train-{name}_{seed}"
    last = folder / f"iter_{steps}.pth"
    if not last.exists():
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / f"{name}.py"
        base = (CONFIGS / chosen.config).as_posix()
        first = args.first.resolve().as_posix()
        config.write_text(CHANGES.format(config=base, first=first, steps=steps, batch=chosen.batch))
        options = ["--cfg-options", f"randomness.seed={seed}"]
        run("tools/train.py", str(config), "--work-dir", str(folder), *options)
    return last


def test(config: Path, checkpoint: Path, folder: Path) -> list[str]:
    """Return AP, AP by size (per cent) and pictures per second of a checkpoint."""
    if not any(folder.glob("*/*.json")):
        run("tools/test.py", str(config), str(checkpoint), "--work-dir", str(folder))
    (file,) = folder.glob("*/*.json")  # of one run; mmengine writes it at the end
    found = json.loads(file.read_text())
    numbers = (f"{100 * found[f'aitod/{key}']:.1f}" for key in SIZES.values())
    batch = load_config(config).test_dataloader.batch_size
    return [*numbers, f"{batch / found['time']:.2f}"]


def run(*command: str) -> str:
    """Run a tool of this repository and return what it printed; stop where it fails."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
