from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.models.necks.align_fpn import AlignFPN
from tinydet.models.necks.dnfpn import DNFPN
from tinydet.models.necks.sarl import SARL
from tinydet.optional import register_missing

__all__ = ["DNFPN", "SARL", "AlignFPN"]

if has_mmyolo():
    from tinydet.models.necks.lff_pafpn import LFFPAFPN  # noqa: F401

    __all__ += ("LFFPAFPN",)
else:
    register_missing("LFFPAFPN", needs="mmyolo==0.6.0", why=mmyolo_trouble())
