#!/usr/bin/env python
"""Print in which values a config differs from the mmdet or mmyolo config that it is made of.

python tools/analysis/config_diff.py configs/atss/atss_r50_fpn_1x_aitod.py
python tools/analysis/config_diff.py                      # counts of all configs/*/*_aitod.py

One line a value of the model, and of optimizer, schedule and batch where the upstream file has
them too; a value that only one side has is shown as absent on the other. Data, hooks and logging
are not compared: they are another data set's, and the same for all configs of this tree.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config

from tinydet.configuration import load_config
from tinydet.configuration.sources import sources
from tinydet.errors import InputError, reported

ROOT = Path(__file__).resolve().parents[2]
SCHEDULE = ("optim_wrapper", "param_scheduler", "train_cfg", "auto_scale_lr")
ABSENT = "absent"


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="*", type=Path, help="default: configs/*/*_aitod.py")
    return parser.parse_args(argv)


def upstream_of(path: Path) -> str:
    """Return the one upstream file that a config takes its model from, as ``mmdet::…``.

    Raises:
        InputError: It names none, or several.
    """
    found: dict[str, None] = {}
    for _, source in sources(path, of_packages=False):
        found.update((name, None) for name in _scoped_names(source))
    if len(found) != 1:
        raise InputError(f"{path} is made of {list(found) or 'no'} upstream configs, not of one")
    return next(iter(found))


def _scoped_names(source: str) -> Iterator[str]:
    """Yield ``mmdet::…`` of ``_base_`` and of the strings that ``Config.fromstring`` is given."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.removeprefix("_base_ = ").strip("\"'")
            if text.startswith(("mmdet::", "mmyolo::")) and text.endswith(".py"):
                yield text


def flatten(node: object, name: str = "") -> dict[str, object]:
    """Return ``{"model.neck.type": value, "a[0].b": …}`` for every leaf; scopes are left out."""
    if isinstance(node, dict) and node:
        parts = [(f"{name}.{key}" if name else key, value) for key, value in node.items()]
        parts = [(key, value) for key, value in parts if not key.endswith("_scope_")]
    elif isinstance(node, list | tuple) and any(isinstance(value, dict) for value in node):
        parts = [(f"{name}[{index}]", value) for index, value in enumerate(node)]
    else:
        return {name: _plain(node)}
    return {key: leaf for part in parts for key, leaf in flatten(part[1], part[0]).items()}


def _plain(value: object) -> object:
    """Return tuples as lists, types without their package: they mean the same."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return value.removeprefix("mmdet.").removeprefix("mmyolo.")
    return value


def differences(path: Path) -> list[str]:
    """Return a line for every value that differs, in the order of the names."""
    ours = load_config(path).to_dict()  # first: it says what is wrong with a path
    upstream = Config.fromstring(f"_base_ = {upstream_of(path)!r}", ".py").to_dict()
    keys = ["model", *(key for key in SCHEDULE if key in upstream)]
    old, new = ({key: side.get(key) for key in keys} for side in (upstream, ours))
    before, after = flatten(old), flatten(new)
    return [
        f"{name}: {before.get(name, ABSENT)} -> {after.get(name, ABSENT)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name, ABSENT) != after.get(name, ABSENT)
    ]


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.configs:
        for path in args.configs:
            lines = "".join(f"  {line}\n" for line in differences(path))
            print(f"{path} against {upstream_of(path)}:\n{lines}")
        return 0
    counts = {
        path.relative_to(ROOT): len(differences(path))
        for path in sorted(ROOT.glob("configs/*/*_aitod.py"))
        if not path.stem.startswith("_")
    }
    print("| config | upstream | values that differ |\n|---|---|---|")
    for path, count in counts.items():
        print(f"| {path} | {upstream_of(ROOT / path)} | {count} |")
    longest = max(counts, key=counts.get)
    print(f"\n{len(counts)} configs: longest {counts[longest]} ({longest}), ", end="")
    print(f"median {statistics.median(counts.values()):g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
