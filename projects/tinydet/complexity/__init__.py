"""What a model costs: parameters, operations, latency, memory, at the size its config tests at."""

from tinydet.complexity.card import MEASURES, Card, weigh
from tinydet.complexity.subject import build_fresh, input_size

__all__ = ["MEASURES", "Card", "build_fresh", "input_size", "weigh"]
