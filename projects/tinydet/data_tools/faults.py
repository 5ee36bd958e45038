"""Count what is wrong with the input, so that nothing is left out in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tinydet.errors import InputError

SHOWN = 3


class Faults:
    """What was found in the files that are read: how often, and where for the first times.

    Args:
        strict: The first fault raises an :class:`InputError` instead of being counted.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.counts: Counter[str] = Counter()
        self.sentences: dict[str, list[str]] = {}

    def add(self, kind: str, sentence: str, count: int = 1) -> None:
        """Count a fault.

        Args:
            kind: What the report counts, with its consequence: "rows left out".
            sentence: The file, the line and what is wrong there.
            count: How many there are of them.

        Raises:
            InputError: ``strict`` is set.
        """
        if self.strict:
            raise InputError(f"{sentence} ({kind}; --strict stops here)")
        self.note(kind, sentence, count)

    def note(self, kind: str, sentence: str, count: int = 1) -> None:
        """Count what is left out by design, and no fault to ``strict``."""
        self.counts[kind] += count
        sentences = self.sentences.setdefault(kind, [])
        if len(sentences) < SHOWN:
            sentences.append(sentence)

    def report(self) -> Iterator[str]:
        """Yield a line per kind: its count and the first places."""
        for kind, count in self.counts.items():
            more = "; …" if count > len(self.sentences[kind]) else ""
            yield f"{count} {kind}: {'; '.join(self.sentences[kind])}{more}"
