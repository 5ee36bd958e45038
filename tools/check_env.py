#!/usr/bin/env python
"""Print the versions that matter and whether each operator works; paste it into bug reports.

python tools/check_env.py
python tools/check_env.py --json
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PACKAGES = (
    "torch",
    "mmcv",
    "mmengine",
    "mmdet",
    "mmyolo",
    "numpy",
    "cv2",
    "faster_coco_eval",
    "pycocotools",
    "tinydet",
)
OPTIONAL = {"mmyolo", "pycocotools"}


def version(name: str) -> str:
    """Return a package's version, or why it cannot be imported."""
    try:
        module = importlib.import_module(name)
    except Exception as error:  # a broken package raises anything at all
        return f"MISSING: {type(error).__name__}: {error}"
    if hasattr(module, "__version__"):
        return module.__version__
    from importlib.metadata import version as installed

    return installed(name.replace("_", "-"))


def commit() -> str:
    """Return the commit of this checkout, with a plus where files were changed."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        done = subprocess.run(
            [*git, "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"
    return done.stdout.strip()


def check_nms(device: str) -> None:
    """Two boxes with IoU 0.8 and one apart: the better of the two and the other stay."""
    import torch
    from mmcv.ops import nms

    boxes = torch.tensor([[0.0, 0, 10, 9], [0, 0, 10, 10], [20, 20, 30, 30]], device=device)
    _, kept = nms(boxes, torch.tensor([0.8, 0.9, 0.7], device=device), 0.5)
    assert kept.tolist() == [1, 2], kept.tolist()


def check_roi_align(device: str) -> None:
    """The mean over a region of a ramp is the ramp at its centre."""
    import torch
    from mmcv.ops import RoIAlign

    ramp = (
        torch.arange(16.0, device=device).expand(1, 1, 16, 16).contiguous()
    )  # mmcv reads raw memory
    region = torch.tensor([[0.0, 2, 2, 10, 10]], device=device)
    value = RoIAlign(1, 1.0, 2)(ramp, region).item()
    assert abs(value - 5.5) < 1e-5, value


def check_deform_conv(device: str) -> None:
    """Without offsets it is a convolution."""
    import torch
    from mmcv.ops import deform_conv2d, modulated_deform_conv2d
    from torch.nn.functional import conv2d

    torch.manual_seed(0)
    x, weight = torch.randn(1, 2, 8, 8, device=device), torch.randn(3, 2, 3, 3, device=device)
    offset, mask = x.new_zeros(1, 18, 8, 8), x.new_ones(1, 9, 8, 8)
    expected = conv2d(x, weight, padding=1)
    torch.testing.assert_close(deform_conv2d(x, offset, weight, 1, 1), expected)
    found = modulated_deform_conv2d(x, offset, mask, weight, None, 1, 1, 1, 1, 1)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


OPERATORS: dict[str, Callable[[str], None]] = {
    "nms": check_nms,
    "RoIAlign": check_roi_align,
    "deformable convolution": check_deform_conv,
}


def devices() -> list[str]:
    """Return ``cpu`` and, where it works, ``cuda``."""
    try:
        import torch
    except Exception:
        return ["cpu"]
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def gather() -> dict[str, str]:
    """Return every row of the report; a row that is not as it should be begins in capitals."""
    rows = {"python": sys.version.split()[0], "platform": platform.platform()}
    with contextlib.redirect_stderr(io.StringIO()):
        rows |= {name: version(name) for name in PACKAGES}
    rows["tinydet commit"] = commit()
    if not rows["torch"].startswith("MISSING"):
        import torch

        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        rows["CUDA"] = f"{torch.version.cuda}, {', '.join(names) or 'no device'}"
    for device in devices():
        for name, check in OPERATORS.items():
            try:
                check(device)
                rows[f"{name} on {device}"] = "works"
            except Exception as error:
                rows[f"{name} on {device}"] = f"FAILS: {type(error).__name__}: {error}"
    return rows


def verdict(rows: dict[str, str]) -> tuple[bool, str]:
    """Return whether all is well, and the sentence that says so."""
    bad = [
        name
        for name, value in rows.items()
        if value.startswith(("MISSING", "FAILS")) and name not in OPTIONAL
    ]
    if bad:
        return False, f"NOT ready: {', '.join(bad)}; run tools/setup.sh"
    if rows["mmyolo"].startswith("MISSING"):
        return True, "ready for the mmdet hosts; the YOLO configs need mmyolo"
    return True, "ready"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    args = parser.parse_args(argv)
    # tinydet first: it lets mmyolo import beside mmcv 2.1.
    version("tinydet")
    rows = gather()
    fine, sentence = verdict(rows)
    if args.json:
        print(json.dumps(rows | {"verdict": sentence}, indent=1))
    else:
        width = max(map(len, rows))
        for name, value in rows.items():
            print(f"{name:<{width}}  {value}")
        print(sentence)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
