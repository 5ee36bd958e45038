"""Synthetic data set: simulated aerial scenes with the classes and object sizes of AI-TOD.

``make_picture`` draws one picture from a seed, and ``write_dataset`` writes a folder of pictures.
Reading order: ``picture`` (the pipeline), ``scenes`` (the ground), ``layout`` (objects on the
ground), ``shapes`` (the classes), ``sensor`` (the camera), ``raster`` (from shapes to pixels). The
package needs only numpy, Pillow and tqdm.
"""

from tinydet.datasets.synthetic.generate import VERSION, write_dataset
from tinydet.datasets.synthetic.picture import Picture, make_picture

__all__ = ["VERSION", "Picture", "make_picture", "write_dataset"]
