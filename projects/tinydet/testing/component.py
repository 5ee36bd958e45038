"""A row of the support table: the config of a component in each host, or the reason for none.

A cell is a sentence, or what a config writes in ``model = dict(...)``; mmengine merges the
dictionary over the host's model (``_delete_=True`` replaces a dictionary).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from mmengine.config import Config, ConfigDict

from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.testing.hosts import Host


@dataclass(frozen=True)
class Component:
    """A row of the table.

    Attributes:
        name: Name in the table.
        source: The registered type, or the common part of the names of several types.
        put: Returns the cell of a host, given the host and its model.
        needs: Optional package that the component needs in every host: ``mmyolo`` or ``timm``.
    """

    name: str
    source: str
    put: Callable[[Host, ConfigDict], dict | str]
    needs: str = ""

    @property
    def missing(self) -> str:
        """Why the component cannot be tried here; empty if its package is installed."""
        if self.needs == "mmyolo" and not has_mmyolo():
            return f"{self.name} is built on mmyolo, which {mmyolo_trouble()}"
        if self.needs and find_spec(self.needs) is None:
            return f"{self.name} needs {self.needs}: pip install -e .[{self.needs}]"
        return ""

    def reason(self, host: Host) -> str:
        """Return the reason for an empty cell of the table, empty for a supported host."""
        cell = self.put(host, host.model())
        return cell if isinstance(cell, str) else ""

    def cell(self, host: Host) -> dict | str:
        """Return what a config writes for this host, or why the component does not work in it."""
        # Merging removes each _delete_.
        return self.missing or copy.deepcopy(self.put(host, host.model()))

    def into(self, host: Host) -> ConfigDict:
        """Return the host's model with the component.

        Raises:
            ValueError: The component does not work in the host; the reason is given.
        """
        cell = self.cell(host)
        if isinstance(cell, str):
            raise ValueError(f"{self.name} in {host.name}: {cell}")
        config = Config(dict(model=host.model()))
        config.merge_from_dict(dict(model=cell))
        return config.model
