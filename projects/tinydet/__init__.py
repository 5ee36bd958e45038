"""tinydet: parts for detecting objects of 2 to 32 pixels, as plug-ins for MMDetection and MMYOLO.

Importing the package makes the installed versions work together (:mod:`tinydet.compat`), so
``custom_imports = dict(imports=["tinydet"])`` in a config is all that a project needs.
"""

from tinydet import compat

__version__ = "0.1.0"

compat.apply()
