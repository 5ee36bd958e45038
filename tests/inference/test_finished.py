"""Finished tiles: byte for byte what was written, kept over a kill, refused to other settings."""

import subprocess
import sys

import numpy as np
import pytest

from tinydet.errors import InputError
from tinydet.inference.finished import FinishedTiles, TileFound

SETTINGS = dict(model="abc", size=[640, 640])


def found(count, seed=0):
    rng = np.random.default_rng(seed)
    return TileFound(
        rng.random((count, 4), np.float32), rng.random(count, np.float32), np.arange(count)
    )


def test_what_was_written_is_read_to_the_bit(tmp_path):
    path = tmp_path / "tiles.sqlite"
    first = FinishedTiles(path, SETTINGS, resume=False)
    first.add([("a.tif", 0, found(3)), ("a.tif", 7, found(0)), ("b.tif", 0, found(2, 1))])
    first.close()
    again = FinishedTiles(path, SETTINGS, resume=True)
    assert set(again.of("a.tif")) == {0, 7}
    for ours, theirs in zip(again.of("b.tif")[0], found(2, 1), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert again.of("a.tif")[7].boxes.shape == (0, 4)
    assert again.of("c.tif") == {}
    again.close()
    assert FinishedTiles(path, SETTINGS, resume=False).of("a.tif") == {}, "begun anew"


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from tinydet.inference.finished import FinishedTiles, TileFound
file = FinishedTiles(Path(sys.argv[1]), dict(model="abc", size=[640, 640]), resume=False)
none = TileFound(np.zeros((0, 4)), np.zeros(0), np.zeros(0))
file.add([("a.tif", 0, none), ("a.tif", 1, none)])
file._file.execute("INSERT INTO tiles VALUES ('a.tif', 2, '', '', '')")  # not committed
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_leaves_whole_batches(tmp_path):
    path = tmp_path / "tiles.sqlite"
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert set(FinishedTiles(path, SETTINGS, resume=True).of("a.tif")) == {0, 1}


def test_other_settings_and_other_files_are_refused(tmp_path):
    path = tmp_path / "tiles.sqlite"
    FinishedTiles(path, SETTINGS, resume=False).close()
    with pytest.raises(InputError, match=r"size was \[640, 640\], now 320.*--resume"):
        FinishedTiles(path, dict(SETTINGS, size=320), resume=True)
    path.write_bytes(b"no database, but long enough to be looked at as one" * 50)
    with pytest.raises(InputError, match="tiles.sqlite holds no finished tiles"):
        FinishedTiles(path, SETTINGS, resume=True)
