"""What the files of ``configs/`` share, so that a config stands on few files.

A config imports these functions below its ``_base_`` line. They return plain dicts and lists, which
the merged config holds in full (``tools/print_config.py``).
"""
