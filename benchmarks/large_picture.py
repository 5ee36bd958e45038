#!/usr/bin/env python
"""Detection in a picture too large for the memory: time, tiles/s, memory, and a kill on the way.

python benchmarks/large_picture.py CONFIG CHECKPOINT
python benchmarks/large_picture.py CONFIG CHECKPOINT --side 6000 --slice 512 --batch-size 8

The picture is a striped TIFF, uncompressed, of synthetic scenes side by side. ``tools/infer.py``
looks at it three times: on a picture of one tile, which tells the memory of the model alone; on
the whole; and on the whole once more, killed by SIGKILL at half of the tiles and resumed. The
results of the last two are compared byte by byte. Memory is the largest resident set of the
process, seconds are those of the wall.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from tinydet.datasets.synthetic import make_picture
from tinydet.slicing import tile_grid

ROOT = Path(__file__).parents[1]
STRIP = 64  # rows
RESULTS = ("predictions.json", "predictions.geojson")


def write_picture(path: Path, side: int, scenes: list[np.ndarray]) -> None:
    """Write a striped, georeferenced RGB TIFF of ``side`` x ``side`` px, a strip at a time."""
    options = dict(driver="GTiff", width=side, height=side, count=3, dtype="uint8")
    options |= dict(blockysize=STRIP, interleave="pixel", photometric="RGB", BIGTIFF="IF_SAFER")
    options |= dict(crs="EPSG:32617", transform=rasterio.Affine(0.1, 0, 4e5, 0, -0.1, 33e5))
    cell = scenes[0].shape[0]
    rng = np.random.default_rng(0)
    columns = -(-side // cell)
    with rasterio.open(path, "w", **options) as file:
        for top in range(0, side, cell):
            row = [scenes[k] for k in rng.integers(0, len(scenes), columns)]
            band = np.concatenate(row, 1)[: side - top, :side].transpose(2, 0, 1)
            file.write(band, window=Window(0, top, side, band.shape[1]))


def command(args: argparse.Namespace, picture: Path, out: Path, *options: str) -> list[str]:
    return [
        *(sys.executable, str(ROOT / "tools/infer.py"), args.config, args.checkpoint),
        *(str(picture), "--out", str(out), "--slice", str(args.slice), "--device", args.device),
        *("--batch-size", str(args.batch_size), "--format", "coco", "geojson", *options),
    ]


def run(words: list[str]) -> tuple[float, float]:
    """Return wall seconds and the peak of the resident set, MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)} ended with status {status}; run it to see why")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def kill_at(words: list[str], out: Path, tiles: int) -> int:
    """Kill a run by SIGKILL when that many tiles are finished; return how many are kept."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while (done := _finished(out)) < tiles and process.poll() is None:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return done


def _finished(out: Path) -> int:
    path = out / "finished.sqlite"
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as file:
            return file.execute("SELECT COUNT(*) FROM tiles").fetchone()[0]
    except sqlite3.OperationalError:  # not begun, or being written
        return 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config")
    parser.add_argument("checkpoint")
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--slice", type=int, default=1024)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        scenes = [make_picture(0, "train", number, 512).image for number in range(8)]
        for name, side in (("tile", args.slice), ("whole", args.side)):
            write_picture(folder / f"{name}.tif", side, scenes)
        size = (folder / "whole.tif").stat().st_size / 2**30
        tiles = len(tile_grid(args.side, args.side, args.slice, 0.2))
        print(f"{args.side} x {args.side} px, {size:.2f} GiB, {tiles} tiles of {args.slice} px")
        _, alone = run(command(args, folder / "tile.tif", folder / "tile"))
        seconds, peak = run(command(args, folder / "whole.tif", folder / "at once"))
        print(f"at once: {seconds:.0f} s, {tiles / seconds:.2f} tiles/s")
        print(f"peak {peak:.0f} MiB, {peak - alone:.0f} MiB above {alone:.0f} MiB on one tile")
        again = folder / "again"
        words = command(args, folder / "whole.tif", again)
        done = kill_at(words, again, tiles // 2)
        seconds, peak = run([*words, "--resume"])
        print(f"killed after {done} tiles; resumed: {seconds:.0f} s, peak {peak:.0f} MiB")
        same = {
            name: (folder / "at once" / name).read_bytes() == (again / name).read_bytes()
            for name in RESULTS
        }
        print("byte for byte the same: " + ", ".join(f"{k} {v}" for k, v in same.items()))
    return 0 if all(same.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
