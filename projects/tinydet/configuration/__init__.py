from tinydet.configuration.load import load_config

__all__ = ["load_config"]
