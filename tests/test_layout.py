"""Imports run downwards only: a package may use those below it in this list."""

import ast
from pathlib import Path

import pytest

import tinydet

ROOT = Path(tinydet.__file__).parent
UPWARDS = [  # from the bottom
    "errors",
    "boxes",
    "arguments",
    "supported",
    "files",
    "registry",
    "devices",
    "ops",
    "compat",
    "log",
    "optional",
    "weights",
    "checkpoints",
    "datasets",
    "recipes",
    "evaluation",
    "task_modules",
    "models",
    "configuration",
    "visualization",
    "slicing",
    "inference",
    "hooks",
    "training",
    "analysis",
    "data_tools",
    "testing",
    "tables",
    "runs",
    "__init__",
]


def imports(path):
    """Yield the first name below ``tinydet`` of each import of a file, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "tinydet":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tinydet."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            names = (alias.name.split(".") for alias in node.names)
            yield from (name[1] for name in names if name[0] == "tinydet" and len(name) > 1)


def upwards(root):
    """Return ``file: package`` for the imports that do not run downwards."""
    found = []
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).with_suffix("").parts[0]
        rank = UPWARDS.index(name)
        found += [f"{path.name}: {to}" for to in imports(path) if UPWARDS.index(to) > rank]
    return found


def test_imports_run_downwards():
    assert upwards(ROOT) == []


def test_an_import_that_runs_upwards_is_found(tmp_path):
    (tmp_path / "errors.py").write_text(
        "def late():\n    from tinydet.models.losses import box_loss"
    )
    (tmp_path / "models.py").write_text("from tinydet import errors")
    assert upwards(tmp_path) == ["errors.py: models"]


def test_a_package_outside_the_list_is_refused(tmp_path):
    (tmp_path / "utils.py").write_text("")
    with pytest.raises(ValueError, match="utils"):
        upwards(tmp_path)
