"""Work done in a thread ahead of the loop that needs its results."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def computed_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], ahead: int
) -> Iterator[Result]:
    """Yield ``function(item)`` of each item, in order; one thread calls it.

    Args:
        function: What it raises is raised here, when the item is due.
        items: May be endless.
        ahead: Results that wait in memory while the loop works.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # where the loop stops early, nothing is left to compute
            for future in waiting:
                future.cancel()
