"""What a model costs: parameters, operations, latency, memory, at the size its config tests at."""

from tinydet.analysis.complexity.profiling import MEASURES, Profile, profile
from tinydet.analysis.complexity.subject import build_fresh, input_size

__all__ = ["MEASURES", "Profile", "build_fresh", "input_size", "profile"]
