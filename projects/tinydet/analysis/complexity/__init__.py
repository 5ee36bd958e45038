"""Costs of a model at the test size of its config: parameters, operations, latency, memory."""

from tinydet.analysis.complexity.profiling import MEASURES, Profile, profile
from tinydet.analysis.complexity.subject import build_fresh, input_size

__all__ = ["MEASURES", "Profile", "build_fresh", "input_size", "profile"]
