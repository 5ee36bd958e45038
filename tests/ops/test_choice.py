"""Which operators are taken, in processes of their own, with an mmcv as pip would leave it."""

import os
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import mmcv
import pytest
import torch

from tinydet.ops import choice
from tinydet.ops.choice import describe, origin

SHOW = "import tinydet, mmcv.ops; from tinydet.ops import describe; print(describe())"
pytestmark = pytest.mark.slow
COMPILED = PathFinder.find_spec("mmcv._ext", mmcv.__path__)


@pytest.fixture
def python(tmp_path):
    """Run a line of Python; `add` names folders to import from first."""

    def run(line, *add, **environment):
        import tinydet

        folders = [*map(str, add), str(Path(tinydet.__file__).parents[1])]
        kept = {key: value for key, value in os.environ.items() if key != choice.VARIABLE}
        environment = kept | dict(PYTHONPATH=os.pathsep.join(folders)) | environment
        return subprocess.run(
            [sys.executable, "-c", line],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
        )

    return run


@pytest.fixture
def lite(tmp_path):
    """A folder with mmcv as mmcv-lite has it: the same without the compiled file."""
    folder = tmp_path / "lite" / "mmcv"
    folder.mkdir(parents=True)
    for path in Path(mmcv.__file__).parent.iterdir():
        if not path.name.startswith("_ext."):
            (folder / path.name).symlink_to(path)
    return folder.parent


@pytest.fixture
def broken(lite):
    """The same with a compiled file that cannot be loaded."""
    (lite / "mmcv" / Path(COMPILED.origin).name).write_bytes(b"compiled for another torch")
    return lite


@pytest.fixture
def without_torchvision(tmp_path):
    """A torchvision of another torch: what its import says then."""
    folder = tmp_path / "other" / "torchvision"
    folder.mkdir(parents=True)
    words = "operator torchvision::nms does not exist"
    (folder / "__init__.py").write_text(f"raise RuntimeError({words!r})")
    return folder.parent


def test_compiled_ones_are_taken_where_they_are(compiled, python):
    done = python(SHOW)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("compiled mmcv: nms, roi_align, deform_conv2d")


def test_torchvisions_stand_in_for_absent_ones(torchvision_ops, python, lite):
    done = python(SHOW + "; import mmdet.models, mmyolo.models", lite)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.strip().split("; ")
    assert first.startswith("torchvision 0.")
    assert second.startswith("torch: soft_nms")


def test_torchvisions_stand_in_for_broken_ones(torchvision_ops, compiled, python, broken):
    done = python(SHOW, broken)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("torchvision 0.")
    assert "compiled operators cannot be imported" in done.stderr
    assert "tools/setup.sh" in done.stderr


def test_the_variable_asks_for_torchvisions(torchvision_ops, compiled, python):
    done = python("import mmcv.ops;" + SHOW, TINYDET_OPS="torchvision")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("torchvision 0.")
    # What was imported before tinydet calls them too.
    line = (
        "import mmcv.ops, mmdet.models, tinydet, sys; "
        "print({m.ext_module.__spec__.origin.rsplit('/')[-1] for n, m in sys.modules.items()"
        " if n.startswith('mmcv.ops.') and hasattr(m, 'ext_module')})"
    )
    done = python(line, TINYDET_OPS="torchvision")
    assert done.stdout.strip() == "{'extension.py'}", done.stderr


def test_the_variable_asks_for_compiled_ones(torchvision_ops, python, lite):
    line = "import tinydet.ops.choice as choice; print(choice.stands_in())"
    assert python(line, lite).stdout.strip() == "True"
    assert python(line, lite, TINYDET_OPS="compile").stdout.strip() == "False"


def test_the_variable_asks_for_what_cannot_be(python, without_torchvision):
    done = python("import tinydet", without_torchvision, TINYDET_OPS="torchvision")
    assert done.returncode != 0
    assert (
        "TINYDET_OPS=torchvision, but torchvision's operators cannot be used: RuntimeError: "
        "operator torchvision::nms does not exist; run tools/setup.sh" in done.stderr
    )


def test_a_value_that_does_not_exist(python):
    done = python("import tinydet", TINYDET_OPS="torchvison")
    assert done.returncode != 0
    assert "TINYDET_OPS=torchvison is neither compile nor torchvision" in done.stderr
    assert "did you mean 'torchvision'?" in done.stderr


def test_with_neither_nothing_is_hidden(python, lite, without_torchvision):
    """What needs no operators works, and the rest ends in mmcv's own error."""
    done = python("import tinydet; print('imported'); import mmcv.ops", lite, without_torchvision)
    assert done.stdout.strip() == "imported"
    assert "No module named 'mmcv._ext'" in done.stderr


def test_a_torchvision_without_cuda_beside_a_gpu(torchvision_ops, monkeypatch):
    choice.torchvision_problem.cache_clear()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.ops.torchvision, "_cuda_version", lambda: -1)
    try:
        assert "is built for the CPU, but there is a GPU" in choice.torchvision_problem()
    finally:
        choice.torchvision_problem.cache_clear()


def test_origin_of_each():
    places = origin()
    assert list(places) == [*choice.FROM_TORCHVISION, *choice.FROM_TORCH]
    if choice.stands_in():
        assert places["nms"].startswith("torchvision 0.")
        assert places["soft_nms"] == "torch"
    else:
        assert set(places.values()) == {"compiled mmcv"}


def test_missing(monkeypatch):
    monkeypatch.setattr(choice, "_in_use", lambda: None)
    monkeypatch.setattr(choice, "stands_in", lambda: False)
    assert set(origin().values()) == {"missing"}
    assert describe().startswith("missing: nms, ")
