"""The page of ``tools/data/report.py``, a module a topic."""
