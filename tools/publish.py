#!/usr/bin/env python
"""Write what prediction and fine-tuning need of a checkpoint, in half precision, with its hash.

python tools/publish.py work_dirs/tiny_drone/epoch_8.pth boats.pth   # writes boats-0123abcd.pth

The file has the weights that test uses (the moving average, where one was kept) and the names of
the classes, a twelfth to a quarter of a training's checkpoint. The digits are the first of its
SHA-256, which tinydet, torch.hub and OpenMMLab's tools compare when they load it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from torch import Tensor

from tinydet.checkpoints import read_checkpoint
from tinydet.errors import InputError, reported
from tinydet.weights.source import sha256_of


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", help="of a training: a file or its URL")
    parser.add_argument("out", type=Path, help="the hash is added to this name")
    return parser.parse_args(argv)


def slim(checkpoint: dict) -> dict:
    """Return the weights in half precision and the classes.

    Integers keep their type, and so does a tensor that half precision cannot hold (above 65,504).

    Raises:
        InputError: There are no weights, or one is not finite.
    """
    weights = checkpoint.get("state_dict", checkpoint)
    lost = [name for name, value in weights.items() if not isinstance(value, Tensor)]
    if lost or not weights:
        raise InputError(f"no state_dict: {', '.join(map(str, lost[:3])) or 'empty'} is no weight")
    broken = [name for name, value in weights.items() if not value.isfinite().all()]
    if broken:
        raise InputError(f"{len(broken)} tensors are not finite (the first: {broken[0]})")
    meta = checkpoint.get("meta", {}).get("dataset_meta")
    return dict(
        state_dict={name: halved(value) for name, value in weights.items()},
        meta=dict(dataset_meta=meta) if meta else {},
    )


def halved(value: Tensor) -> Tensor:
    half = value.half()
    return half if value.is_floating_point() and half.isfinite().all() else value


@reported
def main(argv: list[str] | None = None) -> int:
    """Write the file and print its name and size."""
    args = parse_args(argv)
    part = args.out.with_name(f".{args.out.name}.part")
    checkpoint = read_checkpoint(args.checkpoint)
    try:
        small = slim(checkpoint)
    except InputError as error:
        raise InputError(f"checkpoint {args.checkpoint}: {error}") from None
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(small, part)
    name = f"{args.out.stem}-{sha256_of(part)[:8]}{args.out.suffix or '.pth'}"
    done = part.replace(args.out.with_name(name))
    print(f"{done}: {done.stat().st_size / 2**20:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
