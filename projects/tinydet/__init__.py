"""tinydet: parts for detecting objects of 2 to 32 pixels, as plug-ins for MMDetection and MMYOLO.

A config only needs ``custom_imports = dict(imports=["tinydet"])``. The import makes the installed
versions work together (:mod:`tinydet.compat`), checks models before the runner builds them
(:mod:`tinydet.configuration.checks`) and gives each run the settings that our components need
(:mod:`tinydet.training.every_run`).
"""

from tinydet import log

__version__ = "0.1.0"

log.hide_warnings()
log.filter_log()

from tinydet.ops.choice import choose  # noqa: E402

choose()

# After the operators, because mmdet and mmyolo cannot be imported without them.
from tinydet import checkpoints, compat  # noqa: E402
from tinydet.configuration import checks, renamed  # noqa: E402
from tinydet.training import every_run  # noqa: E402
from tinydet.weights import report  # noqa: E402

compat.apply()
checkpoints.load_safely()
report.report_loads()
checks.install()
renamed.install()
every_run.install()


def __getattr__(name: str) -> object:
    """Import :class:`tinydet.inference.detector.Detector` when it is asked for."""
    if name == "Detector":
        from tinydet.inference.detector import Detector

        return Detector
    raise AttributeError(f"module 'tinydet' has no attribute {name!r}")
