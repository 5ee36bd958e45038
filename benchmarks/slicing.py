#!/usr/bin/env python
"""Detection in tiles beside sahi, on the same weights and pictures, in one run.

python benchmarks/slicing.py merging
python benchmarks/slicing.py pictures CONFIG CHECKPOINT --size 512 --pictures 4 --csv slicing.csv
python benchmarks/slicing.py same CONFIG CHECKPOINT      # the order of tiles, the size of batches

sahi 0.12.6 stays out of the requirements: make a virtual environment with tinydet's, add
`pip install sahi==0.12.6`, and run this with its Python. CONFIG is that of a plain detector,
whose test data are pictures larger than a tile; both libraries put each tile through its test.
AP is AI-TOD's on whole pictures, and pictures/s those of the whole call on pictures in memory, on
one thread. "alike" is NMS by IoU above 0.5 of tiles alone, and the only row that is timed; the
network's answers are kept for the rows below it, which differ in what is done with them.
`merging` makes 33,000 crowded boxes of one class, for the functions of both on arrays.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS
from tables import write_csv
from tqdm import tqdm

from tinydet.checkpoints import load_model
from tinydet.configuration import load_config
from tinydet.configuration.sliced import slice_pipelines
from tinydet.evaluation.aitod import evaluate
from tinydet.slicing import merge

BOXES = 33_000
OVERLAP = 0.2
SURE = 0.05  # least score in "alike"
LEAST = 0.001  # that of the config, with which ours runs otherwise
Found = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    merging = commands.add_parser("merging", help="33,000 boxes")
    merging.add_argument("--boxes", type=int, default=BOXES)
    pictures = commands.add_parser("pictures", help="AP and pictures/s")
    same = commands.add_parser("same", help="ours by order of tiles and batch size")
    for command in (pictures, same):
        command.add_argument("config", type=Path)
        command.add_argument("checkpoint", type=Path)
        command.add_argument("--size", type=int, default=512)
        command.add_argument("--batch-size", type=int, default=8)
        command.add_argument("--pictures", type=int, default=4, help="the first ones of the test")
    pictures.add_argument("--alike", action="store_true", help="leave the other settings out")
    for command in (merging, pictures, same):
        command.add_argument("--csv", type=Path)
    return parser.parse_args(argv)


def crowd(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return boxes of 16 px around one object for every thirty of them, as tiles find them."""
    draw = torch.Generator().manual_seed(0)
    objects = torch.rand(count // 30, 2, generator=draw) * 2000
    center = objects[torch.randint(0, len(objects), (count,), generator=draw)]
    center = center + 2 * torch.randn(count, 2, generator=draw)
    half = 8 + torch.randn(count, 2, generator=draw).clamp(-3, 3) / 2
    boxes = torch.cat([center - half, center + half], 1)
    return boxes, torch.rand(count, generator=draw)


def merging_rows(args: argparse.Namespace) -> Iterator[dict]:
    """Yield seconds and number of results of each method of both."""
    from sahi.postprocess import combine

    boxes, scores = crowd(args.boxes)
    labels = torch.zeros(len(boxes), dtype=torch.long)
    rows = np.concatenate([boxes, scores[:, None], labels[:, None]], 1)
    theirs = dict(nms=combine.nms, greedy_nmm=combine.greedy_nmm, nmm=combine.nmm)
    for method in ("nms", "greedy_nmm", "nmm", "wbf"):
        for metric in ("iou", "ios"):
            ours, kept = timed(lambda m=method, by=metric: merge(boxes, scores, labels, m, by))
            yield dict(method=method, metric=metric, by="tinydet", s=ours, results=len(kept[0]))
            if method in theirs:
                call = theirs[method]
                s, kept = timed(lambda by=metric, call=call: call(rows, by.upper(), 0.5))
                yield dict(method=method, metric=metric, by="sahi", s=s, results=len(kept))


def timed(call: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    result = call()
    return round(time.process_time() - start, 3), result


class Pictures:
    """The first pictures of a config's test, in memory, and the AP of what is found on them."""

    def __init__(self, config: Config, count: int) -> None:
        dataset = DATASETS.build(config.test_dataloader.dataset)
        infos = [dataset.get_data_info(number) for number in range(min(count, len(dataset)))]
        self.ids = [info["img_id"] for info in infos]
        self.pixels = [cv2.imread(info["img_path"]) for info in infos]  # BGR
        self.categories = dataset.cat_ids
        coco = json.loads(Path(dataset.ann_file).read_text())
        kept = set(self.ids)
        self.truth = dict(
            images=[image for image in coco["images"] if image["id"] in kept],
            annotations=[one for one in coco["annotations"] if one["image_id"] in kept],
            categories=coco["categories"],
        )

    def precision(self, found: Found) -> dict[str, float]:
        """Return AP and AR, per cent."""
        rows = [
            dict(
                image_id=image,
                category_id=self.categories[int(label)],
                bbox=[float(box[0]), float(box[1]), *(box[2:] - box[:2]).tolist()],
                score=float(score),
            )
            for image, objects in zip(self.ids, found, strict=True)
            for box, score, label in zip(*objects, strict=True)
        ]
        numbers = evaluate(self.truth, rows)
        return dict(AP=round(100 * numbers["AP"], 2), AR=round(100 * numbers["AR@1500"], 2))

    def row(self, by: str, setting: str, detect: Callable) -> dict:
        """Return AP of a setting, and of "alike" pictures/s."""
        seconds, found = timed(lambda: [detect(pixels) for pixels in self.pixels])
        speed = round(len(self.pixels) / seconds, 3) if setting == "alike" else ""
        return dict(by=by, setting=setting, **self.precision(found), pictures_per_s=speed)


def remembered(network: Callable[[list], list]) -> Callable[[list], list]:
    """Return a network that answers at once for crops that it has seen."""
    known: dict[bytes, object] = {}

    def answer(crops: list) -> list:
        keys = [
            hashlib.sha256(pixels).digest() + bytes(str(pixels.shape), "ascii")
            for pixels in map(np.ascontiguousarray, crops)
        ]
        new = {key: pixels for key, pixels in zip(keys, crops, strict=True) if key not in known}
        if new:
            known.update(zip(new, network(list(new.values())), strict=True))
        return [known[key] for key in keys]

    return answer


def sliced(args: argparse.Namespace) -> Config:
    """Return the config with its detector in tiles."""
    config = load_config(args.config)
    config.model = dict(
        type="tinydet.SlicedDetector",
        detector=config.model,
        size=args.size,
        overlap=OVERLAP,
        batch_size=args.batch_size,
    )
    slice_pipelines(config)
    return config


def our_rows(args: argparse.Namespace, pictures: Pictures) -> Iterator[dict]:
    """Yield AP and speed of our settings, the one alike first."""
    alike = dict(border="keep", full_image=False)
    settings = [("alike", dict(alike))]
    for border, full, method in itertools.product(
        ("keep", "drop_cut", "join"), (False, True), ("nms", "greedy_nmm")
    ):
        name = f"{border}, {method}{', full image' if full else ''}"
        settings.append((name, dict(border=border, full_image=full, merge=dict(type=method))))
    for sure in (0.05, 0.1, 0.3):
        settings.append((f"join, nms, full image, skip_empty={sure}", dict(skip_empty=sure)))
    config = sliced(args)
    plain, run = config.model, None
    for name, changed in settings[: 1 if args.alike else None]:
        config.model = plain | changed
        model = load_model(config, args.checkpoint)
        if run is None:
            model.detect(pictures.pixels[:1])  # the first call of a network is slower
            run = remembered(model.run)
        model.run = run
        least = SURE if name == "alike" else 0

        def detect(pixels: np.ndarray, model=model, least=least) -> tuple[np.ndarray, ...]:
            found = model.detect([pixels])[0].numpy()
            found = found[found.scores >= least]
            return found.bboxes, found.scores, found.labels

        yield pictures.row("tinydet", name, detect)


def sahi_rows(args: argparse.Namespace, pictures: Pictures) -> Iterator[dict]:
    """Yield AP and speed of sahi's settings, the one alike first."""
    from sahi import AutoDetectionModel
    from sahi.predict import get_sliced_prediction

    model = AutoDetectionModel.from_pretrained(
        model_type="mmdet",
        model_path=str(args.checkpoint),
        config_path=str(args.config),
        confidence_threshold=SURE,
        device="cpu",
    )
    warm_up = np.zeros((args.size, args.size, 3), np.uint8)
    model.perform_inference(warm_up)
    model.perform_inference = remembered_by(model)
    settings = [("alike", SURE, False, "NMS", "IOU")]
    ways = (("GREEDYNMM", "IOS"), ("GREEDYNMM", "IOU"), ("NMM", "IOS"), ("NMS", "IOU"))
    for least, full, (method, metric) in itertools.product((SURE, LEAST), (False, True), ways):
        name = f"{method} by {metric}{', full image' if full else ''}, score from {least}"
        settings.append((name, least, full, method, metric))
    for name, least, full, method, metric in settings[: 1 if args.alike else None]:
        model.confidence_threshold = least

        def detect(pixels, full=full, method=method, metric=metric) -> tuple[np.ndarray, ...]:
            result = get_sliced_prediction(
                np.ascontiguousarray(pixels[..., ::-1]),
                model,
                slice_height=args.size,
                slice_width=args.size,
                overlap_height_ratio=OVERLAP,
                overlap_width_ratio=OVERLAP,
                perform_standard_pred=full,
                postprocess_type=method,
                postprocess_match_metric=metric,
                batch_size=args.batch_size,
                force_postprocess_type=True,
                verbose=0,
            )
            objects = result.object_prediction_list
            boxes = np.array([one.bbox.to_xyxy() for one in objects]).reshape(-1, 4)
            scores = np.array([one.score.value for one in objects])
            return boxes, scores, np.array([one.category.id for one in objects])

        yield pictures.row("sahi", name, detect)


def remembered_by(model: object) -> Callable[[np.ndarray], None]:
    """Return ``perform_inference`` of a sahi model, which keeps what it has seen.

    sahi 0.12.6 calls it once a tile with mmdet's models, whatever the ``batch_size``.
    """
    infer = model.perform_inference

    def network(crops: list[np.ndarray]) -> list:
        found = []
        for pixels in crops:
            infer(pixels)
            found.append(model._original_predictions)
        return found

    answer = remembered(network)

    def perform_inference(pixels: np.ndarray) -> None:
        model._original_predictions = copy.deepcopy(answer([pixels])[0])

    return perform_inference


def same_rows(args: argparse.Namespace) -> Iterator[dict]:
    """Yield the largest differences of boxes and scores from those of single tiles in order."""
    pictures = Pictures(load_config(args.config), args.pictures)
    model = load_model(sliced(args), args.checkpoint)
    in_order, draw = model.tiles, np.random.default_rng(0)
    model.batch_size = 1
    expected = model.detect(pictures.pixels)
    for size, name in ((1, "shuffled"), (3, "in order"), (args.batch_size, "shuffled")):
        model.batch_size = size
        model.tiles = in_order if name == "in order" else lambda *a: draw.permutation(in_order(*a))
        found = model.detect(pictures.pixels)
        pairs = list(zip(found, expected, strict=True))
        yield dict(
            batch_size=size,
            tiles=name,
            boxes=sum(len(objects) for objects in found),
            missing=sum(abs(len(mine) - len(other)) for mine, other in pairs),
            px=max(apart(mine.bboxes, other.bboxes) for mine, other in pairs),
            score=max(apart(mine.scores[:, None], other.scores[:, None]) for mine, other in pairs),
        )


def apart(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Return how far the rows of one table are from the nearest of the other, at most."""
    distance = torch.cdist(found.double(), expected.double(), p=float("inf"))
    return max(distance.amin(0).max().item(), distance.amin(1).max().item())


def picture_rows(args: argparse.Namespace) -> Iterator[dict]:
    pictures = Pictures(load_config(args.config), args.pictures)
    yield from our_rows(args, pictures)
    yield from sahi_rows(args, pictures)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    torch.set_num_threads(1)
    rows = []
    commands = dict(merging=merging_rows, pictures=picture_rows, same=same_rows)
    for row in tqdm(commands[args.command](args), unit="row"):
        rows.append(row)
        tqdm.write(", ".join(f"{key} {value}" for key, value in row.items()))
    if args.csv:
        write_csv(args.csv, list(rows[0]), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
