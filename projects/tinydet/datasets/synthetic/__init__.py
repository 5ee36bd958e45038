"""The embedded data set: simulated aerial scenes with the classes and the sizes of AI-TOD.

``make_picture`` draws one picture from its seed alone, ``make_scene`` a large one,
``write_dataset`` a folder of them.
What to read first: ``picture`` (the pipeline), then ``scenes`` (the ground), ``layout`` (what
stands on it), ``shapes`` (the classes), ``sensor`` (how it is seen); ``raster`` is how a shape
becomes pixels, and ``districts`` puts large scenes together. Needs numpy, Pillow and tqdm alone.
"""

from tinydet.datasets.synthetic.districts import make_scene
from tinydet.datasets.synthetic.generate import VERSION, write_dataset
from tinydet.datasets.synthetic.picture import Picture, make_picture

__all__ = ["VERSION", "Picture", "make_picture", "make_scene", "write_dataset"]
