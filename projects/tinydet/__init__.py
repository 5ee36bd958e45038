"""tinydet: parts for detecting objects of 2 to 32 pixels, as plug-ins for MMDetection and MMYOLO.

Importing the package makes the installed versions work together (:mod:`tinydet.compat`), checks
what a run combines before it builds it (:mod:`tinydet.support.checks`) and gives it what our
components need (:mod:`tinydet.every_run`), so ``custom_imports = dict(imports=["tinydet"])`` in a
config is all that a project needs.
"""

from tinydet import compat

__version__ = "0.1.0"

compat.apply()

# After the above, without which mmyolo could not be imported.
from tinydet import every_run  # noqa: E402
from tinydet.support import checks  # noqa: E402

checks.install()
every_run.install()
