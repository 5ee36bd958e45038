"""The page of ``tools/analysis/errors.py``, a module a topic."""
