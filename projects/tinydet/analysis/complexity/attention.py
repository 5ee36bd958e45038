"""Operations of torch's fused attention, which :mod:`mmengine.analysis` does not count."""

from __future__ import annotations

import math


def fused(inputs: list, outputs: list) -> int:
    """Return the multiply-adds of the two matrix products, without softmax and scaling.

    Args:
        inputs: Values of the traced graph; the first three are query, ``(…, L, K)``, key,
            ``(…, S, K)``, and value, ``(…, S, V)``.
        outputs: The mixed values, ``(…, L, V)``.
    """
    query, key, value = (entry.type().sizes() for entry in inputs[:3])
    return math.prod(query[:-1]) * key[-2] * (query[-1] + value[-1])
