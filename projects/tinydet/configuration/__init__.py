"""Configs: read, checked and resolved before anything is built from them."""

__all__ = ["load_config"]


def __getattr__(name: str) -> object:
    """Import ``load_config`` late: it needs mmdet, which ``import tinydet`` must not import."""
    if name == "load_config":
        from tinydet.configuration.load import load_config

        return load_config
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
