"""A row of the support table: how a component is put into each host, or why it is not.

A cell is what a config would write in ``model = dict(...)``, merged over the host's model by
mmengine's rules (``_delete_=True`` replaces a dictionary instead of merging it), or a sentence.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from mmengine.config import Config, ConfigDict

from tinydet.testing.hosts import Host


@dataclass(frozen=True)
class Component:
    """A row of the table.

    Attributes:
        name: As the table calls it.
        source: What a config names: a registered type, or the part that all of several share.
        put: Returns the cell of a host, given the host and its model.
    """

    name: str
    source: str
    put: Callable[[Host, ConfigDict], dict | str]

    def cell(self, host: Host) -> dict | str:
        """Return what a config writes for this host, or the reason why there is nothing."""
        return copy.deepcopy(self.put(host, host.model()))  # merging takes out each _delete_

    def into(self, host: Host) -> ConfigDict:
        """Return the host's model with the component.

        Raises:
            ValueError: The pair makes no sense.
        """
        cell = self.cell(host)
        if isinstance(cell, str):
            raise ValueError(f"{self.name} in {host.name}: {cell}")
        config = Config(dict(model=host.model()))
        config.merge_from_dict(dict(model=cell))
        return config.model
