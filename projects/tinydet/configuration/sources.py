"""The files of a config, bases included, and the variables that they use."""

from __future__ import annotations

import ast
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmengine.config import Config
from mmengine.utils import get_installed_path

from tinydet.errors import InputError


def sources(path: str | Path, of_packages: bool = True) -> Iterator[tuple[Path, str]]:
    """Yield path and text of a config file and of all its bases.

    Args:
        path: A config file, with bases by ``_base_ = ...`` or by ``with read_base():``.
        of_packages: Include bases of packages, such as ``mmdet::...``.

    Raises:
        InputError: A file is not in UTF-8, or begins with a byte-order mark.
    """
    path = Path(path)
    text = _text(path)
    yield path, text
    if Config._is_lazy_import(str(path)):
        bases = [_module_file(name, path) for name in _base_modules(text)]
    else:
        named = Config._get_base_files(str(path))
        named = [base for base in named if of_packages or "::" not in base]
        bases = [Config._get_cfg_path(base, str(path))[0] for base in named]
    for base in bases:
        yield from sources(base, of_packages)


def _text(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith(BOM_UTF8):
        raise InputError(
            f"config {path} begins with a byte-order mark, which mmengine does not read; save it "
            "as UTF-8 without BOM"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"config {path} is not in UTF-8 (line {line}, byte 0x{content[error.start]:02x}), the "
            "only encoding that mmengine reads; save it as UTF-8 in your editor, or convert it: "
            f"iconv -f OLD-ENCODING -t UTF-8 {path} > NEW"
        ) from None


def _base_modules(text: str) -> Iterator[str]:
    """Yield ``..folder.file`` of each import inside ``with read_base():``."""
    for block in ast.parse(text).body:
        if isinstance(block, ast.With):
            for line in block.body:
                yield "." * line.level + line.module


def _module_file(module: str, path: Path) -> Path:
    """Return the file of a module that the config ``path`` imports, absolutely or relatively."""
    name = module.lstrip(".")
    above = len(module) - len(name)
    first, *rest = name.split(".")
    if above:
        return path.resolve().parents[above - 1].joinpath(first, *rest).with_suffix(".py")
    return Path(get_installed_path(first)).joinpath(*rest).with_suffix(".py")


def names_read(sources: Iterable[tuple[Path, str]]) -> Iterator[str]:
    """Yield every variable that the files read: ``name``, ``_base_.name``, ``{{_base_.name}}``."""
    for path, text in sources:
        yield from re.findall(r"\{\{\s*_base_\.(\w+)", text)
        for node in ast.walk(ast.parse(text)) if path.suffix == ".py" else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield node.id
            elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "_base_":
                yield node.attr


def assigned(sources: Iterable[tuple[Path, str]]) -> set[str]:
    """Return the variables that the files assign at the top level."""
    return {
        target.id
        for path, text in sources
        if path.suffix == ".py"
        for line in ast.parse(text).body
        if isinstance(line, ast.Assign)
        for whole in line.targets
        for target in ast.walk(whole)
        if isinstance(target, ast.Name)
    }
