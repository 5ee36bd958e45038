#!/usr/bin/env python
"""Plant overlapping crops into a made data set and look for them; time and memory of the search.

python benchmarks/leaks.py --folder work_dirs/leaks
python benchmarks/leaks.py --folder work_dirs/leaks_hituav --images data/hituav/images --every 12
python benchmarks/leaks.py --folder work_dirs/leaks --scale 28036

Each scene gives a crop to the training set. The other set has crops of scenes of its own and,
where overlaps are planted, others of the training scenes: shifted, so that both share 25 to 90 % of
their area, with another exposure, and as JPEG of quality 50 to 95. With --images, pictures of a
folder are the scenes; they must not overlap. The peer is what a hash of each picture and of its
quadrants finds (DCT signs, at most 10 of 64 bits different).

--scale looks up random hashes, as many as so many pictures have: the part of the search whose time
might grow faster than the number of pictures.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from tables import print_cells, print_heading

from tinydet.data_tools.data import Data
from tinydet.data_tools.leaks.landmarks import FEWEST, Landmarks
from tinydet.data_tools.leaks.pairs import pairs_of
from tinydet.data_tools.leaks.splits import Leaks
from tinydet.data_tools.survey import survey
from tinydet.datasets.synthetic.districts import make_scene

SIDE, PLANTED, NEW = 1024, 20, 20  # px of a scene; crops of training scenes, and of others
DIFFERENT = 10  # bits of the peer's hashes


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="for the pictures")
    parser.add_argument("--images", type=Path, help="a folder of pictures in place of made scenes")
    parser.add_argument("--every", type=int, default=1, help="take each N-th of them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=int, metavar="PICTURES")
    return parser.parse_args()


def scenes_of(args: argparse.Namespace) -> list[np.ndarray]:
    """Return ``(H, W, 3)`` uint8 BGR pictures that share nothing, read or made once."""
    if args.images:
        paths = sorted(args.images.iterdir())[:: args.every]
        return [cv2.imread(str(path)) for path in paths]
    made = args.folder / "scenes"
    made.mkdir(parents=True, exist_ok=True)
    for number in range(2 * PLANTED + NEW):
        path = made / f"{number:02d}.png"
        if not path.exists():
            pixels = make_scene(args.seed, "train", number, SIDE).image
            cv2.imwrite(str(path), pixels[..., ::-1])
    return [cv2.imread(str(path)) for path in sorted(made.iterdir())]


def two_crops(scene: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return two crops of half the scene's sides that share 25 to 90 % of their area."""
    size = np.array(scene.shape[:2]) // 2
    share = rng.uniform(0.25, 0.9)
    along = rng.uniform(share, 1)
    shift = np.rint(size * (1 - np.array([along, share / along]))).astype(int)
    first = rng.integers(0, np.array(scene.shape[:2]) - size - shift + 1)
    corners = [first, first + shift]
    rng.shuffle(corners)
    return tuple(scene[y : y + size[0], x : x + size[1]] for y, x in corners)


def damaged(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a crop with another exposure, compressed again."""
    bright = pixels * rng.uniform(0.8, 1.25) + rng.uniform(-20, 20)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 96))]
    coded = cv2.imencode(".jpg", bright.clip(0, 255).astype(np.uint8), quality)[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def write_split(folder: Path, name: str, pictures: list[np.ndarray]) -> Data:
    """Write pictures without boxes, and return what reads them."""
    images = []
    (folder / name).mkdir(parents=True, exist_ok=True)
    for number, pixels in enumerate(pictures):
        cv2.imwrite(str(folder / name / f"{number}.png"), pixels)
        size = dict(width=pixels.shape[1], height=pixels.shape[0])
        images.append(dict(id=number, file_name=f"{number}.png", **size))
    coco = dict(images=images, annotations=[], categories=[dict(id=1, name="object")])
    (folder / f"{name}.json").write_text(json.dumps(coco))
    return Data.read(folder / f"{name}.json", folder / name)


def ours(files: list[Data]) -> set[tuple[int, int]]:
    """Return the pairs of pictures that check.py finds, and print the time it takes."""
    begin = time.process_time()
    looks = [survey(data, landmarks=True) for data in files]
    looked = time.process_time()
    leaks = Leaks(files, looks)
    taken = looked - begin, time.process_time() - looked
    count = sum(map(len, looks))
    print(f"{count} pictures: {1000 * taken[0] / count:.0f} ms each, then {taken[1]:.1f} s")
    return {(leaks.places[a].picture, leaks.places[b].picture) for a, b, *_ in leaks.pairs}


def quadrants(pixels: np.ndarray) -> np.ndarray:
    """Return ``(5, 64)`` bool, the signs of low frequencies of a picture and its quadrants."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    y, x = np.array(gray.shape) // 2
    parts = [gray, gray[:y, :x], gray[:y, x:], gray[y:, :x], gray[y:, x:]]
    small = [cv2.resize(part, (32, 32), interpolation=cv2.INTER_AREA) for part in parts]
    low = [cv2.dct(part.astype(np.float32))[:8, :8].ravel() for part in small]
    return np.array([values > np.median(values) for values in low])


def peers(first: list[np.ndarray], second: list[np.ndarray]) -> set[tuple[int, int]]:
    """Return the pairs of which a hash of a picture or a quadrant is nearly equal."""
    one, two = (np.array([quadrants(pixels) for pixels in side]) for side in (first, second))
    apart = (one[:, None, :, None] != two[None, :, None]).sum(-1)
    return set(map(tuple, np.argwhere((apart <= DIFFERENT).any((2, 3))).tolist()))


def look_up(pictures: int) -> None:
    """Print how long random hashes are looked up."""
    rng = np.random.default_rng(0)
    points = np.zeros((FEWEST, 2), np.float32)
    found = [
        Landmarks(points, rng.integers(0, 256, (FEWEST, 32), np.uint8)) for _ in range(pictures)
    ]
    begin = time.process_time()
    pairs = list(pairs_of(found, [number % 2 for number in range(pictures)]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken = time.process_time() - begin
    print(f"{pictures} pictures looked up in {taken:.0f} s, {len(pairs)} pairs, {peak:.0f} MiB")


def main() -> int:
    args = parse_args()
    if args.scale:
        look_up(args.scale)
        return 0
    rng = np.random.default_rng(args.seed)
    scenes = scenes_of(args)
    pairs = [two_crops(scene, rng) for scene in scenes]
    train = [first for first, _ in pairs[:-NEW]]
    new = [damaged(first, rng) for first, _ in pairs[-NEW:]]
    planted = [damaged(second, rng) for _, second in pairs[:PLANTED]]
    rows = []
    for name, other in (("planted", planted + new), ("none", new)):
        files = [write_split(args.folder, "train", train), write_split(args.folder, name, other)]
        true = {(number, number) for number in range(PLANTED)} if name == "planted" else set()
        for method, found in (("check.py", ours(files)), ("quadrants", peers(train, other))):
            rows.append(
                (name, method, f"{len(found & true)} of {len(true)}", str(len(found - true)))
            )
    print_heading(("overlaps", "method", "found", "falsely found"))
    print_cells(*rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
