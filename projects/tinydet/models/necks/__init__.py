from tinydet.models.necks.sarl import SARL

__all__ = ["SARL"]
