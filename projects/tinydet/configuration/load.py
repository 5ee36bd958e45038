"""Load a config the way every tool does: checked, with sentences for the usual mistakes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mmengine.config import Config
from mmengine.config.utils import ConfigParsingError
from mmengine.logging import print_log

from tinydet.configuration.auto_constant import resolve_constants
from tinydet.configuration.known_keys import HELPERS, SUCCESSORS, run_keys
from tinydet.configuration.renamed import present_name
from tinydet.configuration.sliced import slice_pipelines
from tinydet.configuration.sources import assigned, names_read, sources
from tinydet.configuration.stretch import check_stretch
from tinydet.datasets.wrappers import join_lists
from tinydet.errors import InputError, did_you_mean, nearest, suggestion

UNREADABLE = (ImportError, SyntaxError, KeyError, OSError, NameError, ConfigParsingError)
MISSPELLED = 0.8  # similarity from which an unread key is an error, see did_you_mean


def load_config(path: str | Path, options: dict | None = None) -> Config:
    """Read a config file, check its top-level keys and resolve its automatic values.

    Args:
        path: A config file.
        options: ``{"a.b": value}`` to merge over the config, as parsed from ``--cfg-options``.

    Returns:
        The config, with ``filename`` set.

    Raises:
        InputError: The file does not exist (the nearest names are listed) or cannot be read; it has
            a misspelled top-level key; an option sets a key that nothing reads, or that the lines
            of the config have already read; training and test read images in different ways;
            ``constant="auto"`` has no training annotations.
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
            list(sources(path))  # names a file that is not in UTF-8
        raise InputError(f"config {path} cannot be read: {error}") from error
    check_keys(config, path)
    _warn_of_late_keys(path)
    _check_options(options or {}, config, path)
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
    found = [files[stem] for stem in nearest(path.stem, files, count=3, similarity=0.5)]
    return suggestion(found) or f" (looked for {path.resolve()})"


def check_keys(config: Config, path: str | Path) -> None:
    """Refuse misspelled top-level keys, and warn of other keys that nothing reads.

    mmengine silently accepts ``modle`` and trains the parent's model. A key is read by a run
    (:mod:`tinydet.configuration.known_keys`) or, like ``num_classes``, by a line of the config or
    its bases. An unread key is an error if it resembles a key of a run. All other unread keys are
    unused helper variables or belong to a user's hook; they are harmless, and upstream's configs
    have such keys.

    Raises:
        InputError: Keys are misspelled; the sentence names the keys that they resemble.
    """
    unread = unread_keys(config, path)
    near = {key: did_you_mean(key, run_keys(), similarity=MISSPELLED) for key in unread}
    wrong = [f"{key!r}{hint}" for key, hint in near.items() if hint]
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
    """Return the top-level keys that neither a run nor any line of the config's files reads."""
    imported = getattr(config, "_imported_names", set())  # of a config that says ``import``
    read = {*run_keys(), *HELPERS, *imported, *names_read(sources(path))}
    return [key for key in config if key not in read]


def _warn_of_late_keys(path: Path) -> None:
    """Warn of helper variables of the file that its bases have read before, with their own value.

    ``max_epochs = 60`` over a base that says ``train_cfg = dict(max_epochs=max_epochs)`` changes
    nothing.
    """
    own, *bases = sources(path)
    late = assigned([own]) & assigned(bases) & set(names_read(bases))
    late -= {*run_keys(), *names_read([own]), "_base_"}
    if late:
        print_log(
            f"config {path} sets {', '.join(map(repr, sorted(late)))}, which its base has already "
            "read: nothing changes; set what the base made of it, or edit a copy of the base",
            "current",
            logging.WARNING,
        )


def _check_options(options: dict, config: Config, path: Path) -> None:
    """Refuse options whose first name nothing reads, or the lines of the config have read."""
    read = set(names_read(sources(path))) - set(run_keys()) if options else set()
    late = [key for key in options if key.split(".")[0] in read & set(config)]
    if late:
        raise InputError(
            f"--cfg-options sets {', '.join(map(repr, late))}, which the lines of {path} have "
            "already read; set what they made of it (tools/print_config.py shows it), or edit a "
            "copy of the file"
        )
    known = {*run_keys(), *HELPERS, *config}
    unread = [key for key in options if key.split(".")[0] not in known]
    if unread:
        named = ", ".join(repr(key) + _advice(key.split(".")[0], known) for key in unread)
        raise InputError(f"--cfg-options sets {named}, whose first name nothing reads; correct it")


def _advice(key: str, known: Iterable[str]) -> str:
    """Return the replacement of a key of MMDetection 2, or the nearest known key."""
    if key in SUCCESSORS:
        return f" (MMDetection 2's: now {SUCCESSORS[key]})"
    return did_you_mean(key, set(known) - {key})
