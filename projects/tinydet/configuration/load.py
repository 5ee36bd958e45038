"""Load a config the way every tool does: checked, with sentences for the usual mistakes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from mmengine.config import Config
from mmengine.config.utils import ConfigParsingError
from mmengine.logging import print_log

from tinydet.configuration.auto_constant import resolve_constants
from tinydet.configuration.known_keys import HELPERS, SUCCESSORS, run_keys
from tinydet.configuration.renamed import present_name
from tinydet.configuration.sliced import slice_pipelines
from tinydet.configuration.sources import names_read, sources
from tinydet.configuration.stretch import check_stretch
from tinydet.datasets.wrappers import join_lists
from tinydet.errors import InputError, did_you_mean

UNREADABLE = (ImportError, SyntaxError, KeyError, OSError, NameError, ConfigParsingError)
MISSPELT = 0.8  # how alike two names are, by difflib, of which one is taken for the other


def load_config(path: str | Path, options: dict | None = None) -> Config:
    """Read a config file, check its top-level keys and put in the numbers it leaves open.

    Args:
        path: A config file.
        options: ``{"a.b": value}`` merged over it, as ``--cfg-options`` gives them.

    Returns:
        The config, with ``filename`` set.

    Raises:
        InputError: The file does not exist (the nearest names are listed), cannot be read, has a
            misspelt top-level key, or gets one that nothing reads by an option, reads pictures in
            several ways, or has a ``constant="auto"`` without training annotations.
    """
    path = present_name(Path(path))
    if not path.is_file():
        raise InputError(f"config {path} does not exist{_nearest_files(path)}")
    try:
        config = Config.fromfile(path)
    except InputError:
        raise
    except (*UNREADABLE, ValueError) as error:
        with suppress(*UNREADABLE):
            list(sources(path))  # names the one of its files that is in another encoding
        raise InputError(f"config {path} cannot be read: {error}") from error
    check_keys(config, path)
    _check_options(options or {}, config)
    config.merge_from_dict(options or {})
    check_stretch(config)
    join_lists(config)
    slice_pipelines(config)
    resolve_constants(config)
    return config


def _nearest_files(path: Path) -> str:
    """Suggest configs of similar name, from the folder named and from ``configs/``."""
    folders = [folder for folder in (path.parent, Path("configs")) if folder.is_dir()]
    files = {file.stem: file for folder in folders for file in folder.rglob("*.py")}
    names = get_close_matches(path.stem, files, n=3, cutoff=0.5)
    if not names:
        return f" (looked for {path.resolve()})"
    return "; did you mean " + " or ".join(str(files[name]) for name in names) + "?"


def check_keys(config: Config, path: str | Path) -> None:
    """Refuse a misspelt top-level key, and warn of every other that nothing reads.

    mmengine accepts ``modle`` in silence and trains the parent's model. Keys are read by a run
    (:mod:`tinydet.configuration.known_keys`) or, as ``num_classes`` is, by a line of the config's
    own files, bases included. An unread key that resembles a key of a run is taken for that key,
    misspelt. The rest are helpers that no line uses, or keys of a hook of the user's: they do no
    harm, and upstream's own configs have them. The rule looks at names alone, not at who wrote a
    file or where it lies.

    Raises:
        InputError: Names the keys and those that they resemble.
    """
    unread = unread_keys(config, path)
    misspelt = {key: get_close_matches(key, run_keys(), n=1, cutoff=MISSPELT) for key in unread}
    wrong = [f"{key!r} (did you mean {names[0]!r}?)" for key, names in misspelt.items() if names]
    if wrong:
        raise InputError(
            f"config {path} sets {', '.join(wrong)} at the top level, which nothing reads; "
            "correct the name"
        )
    if unread:
        named = ", ".join(repr(key) + _advice(key, set(config)) for key in unread)
        print_log(
            f"config {path} sets {named} at the top level, which nothing reads",
            "current",
            logging.WARNING,
        )


def unread_keys(config: Config, path: str | Path) -> list[str]:
    """Return the top-level keys that neither a run nor a line of the config's files reads."""
    imported = getattr(config, "_imported_names", set())  # of a config that says ``import``
    read = {*run_keys(), *HELPERS, *imported, *names_read(sources(path))}
    return [key for key in config if key not in read]


def _check_options(options: dict, config: Config) -> None:
    """Refuse an option whose first name neither the config has nor a run reads."""
    known = {*run_keys(), *HELPERS, *config}
    unread = [key for key in options if key.split(".")[0] not in known]
    if unread:
        named = ", ".join(repr(key) + _advice(key.split(".")[0], known) for key in unread)
        raise InputError(f"--cfg-options sets {named}, whose first name nothing reads; correct it")


def _advice(key: str, known: Iterable[str]) -> str:
    """Return what to write in place of a key: MMDetection 2's are now elsewhere."""
    if key in SUCCESSORS:
        return f" (MMDetection 2's: now {SUCCESSORS[key]})"
    return did_you_mean(key, set(known) - {key})
