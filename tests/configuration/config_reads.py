"""Find, in the sources of a package, what is read from a config as a whole.

A read is ``c.key``, ``c["key"]``, ``c.get("key")``, ``c.pop("key")``, ``c.setdefault("key")``,
``"key" in c``, ``hasattr(c, "key")`` or ``getattr(c, "key")`` of an expression ``c`` that is a
whole config, which is told by its form:

- ``runner.cfg``, and ``self.cfg`` outside of components;
- a variable to which the function assigns ``Config.fromfile(...)`` or ``Config(...)``;
- a parameter ``cfg``, ``config`` or ``ori_cfg`` of a function outside of components, unless the
  function is inside another one: those walk down a config.

Components (models, data sets, what registries build) get a part of a config under the same names.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config, ConfigDict

# Folders and files whose ``cfg`` is a component's own part, or any dictionary.
PARTS = ("models", "datasets", "structures", "registry/build_functions.py", "config/config.py")
# Its config is a file of its own, which says how to cut images.
NO_TRAINING = "dataset_converters/dota/dota_split.py"
NAMES = {"cfg", "config", "ori_cfg"}
MAKERS = {"Config", "Config.fromfile", "Config.fromstring"}
METHODS = {"get", "pop", "setdefault"}


@dataclass(frozen=True)
class Read:
    """A read of ``key`` at ``where``, ``file:line``."""

    key: str
    where: str


def reads_of(package: Path) -> list[Read]:
    """Return the reads of a package's files and of the tools that its wheel brings along."""
    found = []
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package).as_posix()
        if ".mim/configs" in name or name.endswith(NO_TRAINING):
            continue
        component = any(f"/{part}" in f"/{name}" for part in PARTS)
        visitor = _Visitor(f"{package.name}/{name}", component)
        visitor.visit(ast.parse(file.read_text(encoding="utf-8")))
        found += visitor.found
    return found


class _Visitor(ast.NodeVisitor):
    def __init__(self, name: str, component: bool) -> None:
        self.name = name
        self.component = component
        self.found: list[Read] = []
        self.configs: set[str] = set()  # variables that are whole configs, here
        self.inside = False  # a function

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:  # noqa: N802
        outer = self.configs, self.inside
        made = {
            target.id
            for line in ast.walk(node)
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call)
            if ast.unparse(line.value.func) in MAKERS
            for target in line.targets
            if isinstance(target, ast.Name)
        }
        arguments = {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}
        given = set() if self.component or self.inside else NAMES & arguments
        self.configs, self.inside = self.configs - arguments | made | given, True
        self.generic_visit(node)
        self.configs, self.inside = outer

    def generic_visit(self, node: ast.AST) -> None:
        read = _read(node)
        if read and self._is_config(read[0]) and not _is_method(read[1]):
            self.found.append(Read(read[1], f"{self.name}:{node.lineno}"))
        super().generic_visit(node)

    def _is_config(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.configs
        if not isinstance(node, ast.Attribute) or node.attr != "cfg":
            return False
        owner = ast.unparse(node.value)
        return owner.split(".")[-1] == "runner" or (owner == "self" and not self.component)


def _read(node: ast.AST) -> tuple[ast.expr, str] | None:
    """Return of what and which key a node reads."""
    owner, key = None, None
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return None
    if isinstance(node, ast.Attribute):
        return node.value, node.attr
    if isinstance(node, ast.Subscript):
        owner, key = node.value, node.slice
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        owner, key = node.comparators[0], node.left
    elif isinstance(node, ast.Call) and node.args:
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            owner, key = node.func.value, node.args[0]
        elif isinstance(node.func, ast.Name) and node.func.id in ("hasattr", "getattr"):
            owner, key = node.args[0], node.args[1]
    text = isinstance(key, ast.Constant) and isinstance(key.value, str)
    return (owner, key.value) if text else None


def _is_method(name: str) -> bool:
    return name.startswith("_") or hasattr(Config, name) or hasattr(ConfigDict, name)
