"""Configs: loaded, checked, and what a run asks of them."""


def __getattr__(name: str) -> object:
    """Import ``load_config`` where it is asked for: it needs mmdet, ``import tinydet`` does not."""
    if name != "load_config":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tinydet.configuration.load import load_config

    return load_config
