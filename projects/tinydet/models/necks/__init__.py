from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.models.necks.cfpt import CFPT
from tinydet.models.necks.dla_neck import DLANeck
from tinydet.models.necks.sarl import SARL
from tinydet.models.necks.srtod import SRTOD
from tinydet.optional import register_missing

__all__ = ["CFPT", "DLANeck", "SARL", "SRTOD"]

_OF_MMYOLO = ("LFFPAFPN", "RemDetPAFPN")

if has_mmyolo():
    from tinydet.models.necks.lff_pafpn import LFFPAFPN  # noqa: F401
    from tinydet.models.necks.remdet_pafpn import RemDetPAFPN  # noqa: F401

    __all__ += _OF_MMYOLO
else:
    register_missing(*_OF_MMYOLO, needs="mmyolo==0.6.0", why=mmyolo_trouble())
