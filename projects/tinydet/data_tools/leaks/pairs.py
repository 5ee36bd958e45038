"""Pairs of pictures of two splits that share landmarks, without comparing every pair.

Equal hashes are neighbors in sorted order. Since damaged pictures flip some of the 256 bits, each
eighth of a hash is a key of its own, of which one must be equal; then all bits are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tinydet.data_tools.leaks.landmarks import Landmarks

NEIGHBORS = 16  # landmarks of one key that each is compared with: time stays linear
DIFFERENT = 40  # bits by which two hashes of one landmark differ at most
SHARED = 4  # landmarks of a pair
CHUNK = 1_000_000  # hashes compared at a time, in 100 MB


class Pair(NamedTuple):
    """Two pictures and what they share.

    Attributes:
        first: Position of a picture.
        second: Position of a picture of a later split.
        places: ``(K, 2, 2)`` x and y of the shared landmarks in both pictures, px.
    """

    first: int
    second: int
    places: np.ndarray


def pairs_of(pictures: Sequence[Landmarks], splits: Sequence[int]) -> Iterator[Pair]:
    """Yield the pairs of pictures of different splits that share at least four landmarks.

    Args:
        pictures: Their landmarks.
        splits: The number of each picture's split.
    """
    if not pictures:
        return
    owner = np.repeat(np.arange(len(pictures)), [len(one.points) for one in pictures])
    split = np.asarray(splits)[owner]
    hashes = np.concatenate([one.hashes for one in pictures])
    points = np.concatenate([one.points for one in pictures])
    shared = _shared(hashes, split)
    turned = split[shared[:, 0]] > split[shared[:, 1]]
    shared[turned] = shared[turned, ::-1]
    shared = np.unique(shared, axis=0)
    names = owner[shared]
    order = np.lexsort(names.T[::-1])
    shared, names = shared[order], names[order]
    ends = np.flatnonzero((names[1:] != names[:-1]).any(1)) + 1
    for group in np.split(np.arange(len(shared)), ends):
        if len(group) >= SHARED:
            yield Pair(*names[group[0]].tolist(), points[shared[group]])


def _shared(hashes: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Return ``(M, 2)`` positions of landmarks of two splits with nearly the same hash."""
    found = [np.empty((0, 2), np.int64)]
    rng = np.random.default_rng(0)  # a key of many landmarks meets others at each eighth
    for key in hashes.view(np.uint32).T:
        order = np.lexsort((rng.random(len(key), np.float32), key))
        key = key[order]
        for step in range(1, NEIGHBORS + 1):
            equal = np.flatnonzero(key[step:] == key[:-step])
            if not len(equal):
                break
            pair = np.stack([order[equal], order[equal + step]], 1)
            pair = pair[split[pair[:, 0]] != split[pair[:, 1]]]
            for part in np.array_split(pair, 1 + len(pair) // CHUNK):
                bits = np.bitwise_count(hashes[part[:, 0]] ^ hashes[part[:, 1]]).sum(1)
                found.append(part[bits <= DIFFERENT])
    return np.concatenate(found)
