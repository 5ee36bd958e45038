"""Load a config the way every tool does: checked, with sentences for the usual mistakes."""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from tinydet.auto_constant import resolve_constants
from tinydet.errors import InputError, did_you_mean

# Keys that mmengine, mmdet and mmyolo read from a config beside the arguments of Runner.
READ_ELSEWHERE = {
    "auto_constant",
    "auto_scale_lr",
    "backend_args",
    "custom_imports",
    "model_wrapper_cfg",
    "tta_model",
    "tta_pipeline",
}

OUR_METRICS = {"tinydet.AITODMetric", "tinydet.VisDroneMetric"}


def load_config(path: str | Path, options: dict | None = None) -> Config:
    """Read a config file, check its top-level keys and put in the numbers it leaves open.

    Args:
        path: A config file.
        options: ``{"a.b": value}`` merged over it, as ``--cfg-options`` gives them.

    Returns:
        The config, with ``filename`` set.

    Raises:
        InputError: The file does not exist (the nearest names are listed), cannot be read, has a
            top-level key that nothing reads, or gets one by an option, or a ``constant="auto"``
            without training annotations.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"config {path} does not exist{_nearest_files(path)}")
    try:
        config = Config.fromfile(path)
    except (ImportError, SyntaxError, KeyError, FileNotFoundError, OSError, NameError) as error:
        raise InputError(f"config {path} cannot be read: {error}") from error
    check_keys(config, path)
    _check_options(options or {}, config)
    config.merge_from_dict(options or {})
    resolve_constants(config)
    _tell_metric_the_limit(config)
    _tell_hook_that_more_is_better(config)
    return config


def _tell_metric_the_limit(config: Config) -> None:
    """Give our metrics the detector's ``max_per_img``, so that they can warn when it is low."""
    test_cfg = config.get("model", {}).get("test_cfg") or {}
    limit = (test_cfg.get("rcnn") or test_cfg).get("max_per_img")
    for name in ("val_evaluator", "test_evaluator"):
        evaluator = config.get(name)
        if isinstance(evaluator, dict) and evaluator.get("type") in OUR_METRICS:
            evaluator.setdefault("max_per_img", limit)


def _tell_hook_that_more_is_better(config: Config) -> None:
    """Let ``save_best="auto"``, which mmyolo's configs have, work with the keys of our metrics.

    mmengine knows from a list of names whether more of a number is better, and stops at the first
    validation where a name, such as ``aitod/AP``, is not on it.
    """
    evaluator = config.get("val_evaluator")
    hook = (config.get("default_hooks") or {}).get("checkpoint")
    ours = isinstance(evaluator, dict) and evaluator.get("type") in OUR_METRICS
    if ours and hook and hook.get("save_best"):
        hook.setdefault("rule", "greater")


def _nearest_files(path: Path) -> str:
    """Suggest configs of similar name, from the folder named and from ``configs/``."""
    folders = [folder for folder in (path.parent, Path("configs")) if folder.is_dir()]
    files = {file.stem: file for folder in folders for file in folder.rglob("*.py")}
    names = difflib.get_close_matches(path.stem, files, n=3, cutoff=0.5)
    if not names:
        return f" (looked for {path.resolve()})"
    return "; did you mean " + " or ".join(str(files[name]) for name in names) + "?"


def known_keys() -> set[str]:
    """Return the top-level keys that a run reads."""
    arguments = set(inspect.signature(Runner.__init__).parameters) - {"self", "cfg"}
    return arguments | READ_ELSEWHERE


def check_keys(config: Config, path: str | Path) -> None:
    """Refuse a top-level key that neither a run nor the config itself reads.

    A misspelt ``modle`` is accepted in silence by mmengine, and the parent's model is trained.
    A helper variable such as ``num_classes`` is fine: another line of the config reads it.

    Raises:
        InputError: Names the keys and the nearest known ones.
    """
    known = known_keys()
    ours = [source for file, source in sources(path) if "site-packages" not in file.parts]
    read = set(names_read(ours))
    # mmdet's and mmyolo's own configs hold variables that nothing reads; not the user's fault.
    unread = [key for key in names_set(ours) if key not in known | read and key in config]
    if unread:
        raise InputError(
            f"config {path} sets {_with_nearest(unread, known)} at the top level, which nothing "
            "reads; correct the name, or delete the line"
        )


def _check_options(options: dict, config: Config) -> None:
    """Refuse an option whose first name neither the config has nor a run reads."""
    known = known_keys() | set(config)
    unread = [key for key in options if key.split(".")[0] not in known]
    if unread:
        raise InputError(
            f"--cfg-options sets {_with_nearest(unread, known)}, whose first name nothing reads; "
            "correct it"
        )


def _with_nearest(keys: Iterable[str], known: set[str]) -> str:
    """Return keys as text, each with the known one that resembles its first name."""
    return ", ".join(repr(key) + did_you_mean(key.split(".")[0], known) for key in keys)


def sources(path: str | Path) -> Iterator[tuple[Path, str]]:
    """Yield path and text of a config file and of all its bases."""
    path = Path(path)
    yield path, path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for base in Config._get_base_files(str(path)):
            yield from sources(Config._get_cfg_path(base, str(path))[0])


def names_set(sources: Iterable[str]) -> list[str]:
    """Return the variables that the sources assign at their top level, in order, once each."""
    names: dict[str, None] = {}
    for source in sources:
        for node in ast.parse(_as_python(source)).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            names.update((target.id, None) for target in targets if isinstance(target, ast.Name))
    return list(names)


def names_read(sources: Iterable[str]) -> Iterator[str]:
    """Yield every variable that the sources use: ``name``, ``_base_.name``, ``{{_base_.name}}``."""
    for source in sources:
        for node in ast.walk(ast.parse(_as_python(source))):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield node.id
            elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "_base_":
                yield node.attr


def _as_python(source: str) -> str:
    """Turn mmengine's ``'{{_base_.name}}'``, quoted or not, into an expression."""
    return re.sub(r"[\"']?\{\{\s*(_base_\.\w+)[^}]*\}\}[\"']?", r"\1", source)
