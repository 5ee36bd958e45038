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

from tinydet.compat import has_mmyolo
from tinydet.testing.hosts import Host


@dataclass(frozen=True)
class Component:
    """A row of the table.

    Attributes:
        name: Name in the table.
        source: The registered type, or the common part of the names of several types.
        put: Returns the cell of a host, given the host and its model.
        needs: Package that the component is built on, where mmdet alone does not do.
    """

    name: str
    source: str
    put: Callable[[Host, ConfigDict], dict | str]
    needs: str = ""

    @property
    def available(self) -> bool:
        """Whether the package that the component needs is installed."""
        if self.needs == "mmyolo":
            return has_mmyolo()
        return not self.needs or find_spec(self.needs) is not None

    def cell(self, host: Host) -> dict | str:
        """Return what a config writes for this host, or the reason for an empty cell."""
        return copy.deepcopy(self.put(host, host.model()))  # merging removes each _delete_

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
