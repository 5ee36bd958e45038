"""What is found where, how long and how tall it is: the numbers behind the layout.

They were set so that the boxes have AI-TOD's statistics: sqrt(w * h) of mean 12.8 px, most of it
between 8 and 16, a thin tail up to 64 px; vehicles by far the most frequent class.
"""

from __future__ import annotations

from tinydet.datasets.synthetic.scene import Surface

# A car's length in pixels: median over the scenes of a kind, spread of its logarithm, and the
# chance that a scene is seen from nearer, which makes the tail of the sizes.
CAR_LENGTH = {
    "fields": 13.4,
    "urban": 13.7,
    "forest": 14.4,
    "coast": 12.6,
    "desert": 13.4,
    "airfield": 8.9,
    "industrial": 12.8,
    "river": 12.6,
}
CAR_SPREAD = 0.17
NEAR, NEARER = 0.07, (1.5, 2.4)

# How often each kind of scene is drawn, relative.
KIND_WEIGHTS = {
    "fields": 3,
    "urban": 5,
    "forest": 2,
    "coast": 4,
    "desert": 3,
    "airfield": 3,
    "industrial": 3,
    "river": 5,
}

# Length in cars' lengths: median, spread of its logarithm (a bridge is as long as its crossing).
LENGTH = {
    "airplane": (1.9, 0.2),
    "storage-tank": (1.1, 0.25),
    "ship": (1.45, 0.25),
    "swimming-pool": (1.2, 0.2),
    "vehicle": (1.0, 0.1),
    "person": (0.85, 0.1),
    "wind-mill": (1.7, 0.25),
    "box": (0.8, 0.3),
    "container": (1.0, 0.15),
    "bush": (0.8, 0.3),
    "marking": (0.9, 0.25),
    "rock": (1.0, 0.35),
    "mast": (1.1, 0.3),
    "plot": (1.3, 0.3),
}

# Height in lengths, for the shadow; 0.2 for what is not named.
HEIGHT = {
    "airplane": 0.12,
    "bridge": 0.12,
    "ship": 0.06,
    "swimming-pool": 0.0,
    "vehicle": 0.2,
    "person": 0.5,
    "wind-mill": 0.25,
    "marking": 0.0,
    "plot": 0.02,
    "mast": 0.4,
}

_OPEN = (Surface.GROUND, Surface.PAVED, Surface.ROAD)

# On which surfaces a class may stand; anything else may stand everywhere.
HABITAT = {
    "airplane": _OPEN,
    "storage-tank": (Surface.GROUND, Surface.PAVED),
    "ship": (Surface.WATER,),
    "swimming-pool": (Surface.GROUND, Surface.PAVED),
    "vehicle": (Surface.PAVED, Surface.ROAD),
    "person": _OPEN,
    "wind-mill": (Surface.GROUND,),
    "container": (Surface.GROUND, Surface.PAVED),
}

# Which distractors lie on which surface, and which take a place in a lot.
DISTRACTORS = {
    "GROUND": ("bush", "bush", "plot", "box", "mast", "rock", "container"),
    "ROAD": ("marking", "marking", "box", "mast"),
    "PAVED": ("marking", "box", "container", "mast", "plot"),
    "ROOF": ("box", "box", "plot", "mast"),
    "TREES": ("bush", "rock", "plot"),
    "WATER": ("rock", "rock", "plot", "container"),
    "lot": ("box", "bush", "plot"),
}

# Per kind of scene and 256 x 256 px: class, chance, fewest, most, spread of the crowd in cars'
# lengths (0: anywhere). Lots and crossings come on top.
RECIPES = {
    "fields": (
        ("wind-mill", 0.55, 3, 9, 5.0),
        ("vehicle", 0.9, 2, 7, 0),
        ("person", 0.35, 3, 9, 1.5),
        ("swimming-pool", 0.2, 1, 2, 0),
        ("storage-tank", 0.25, 1, 4, 1.8),
    ),
    "urban": (
        ("vehicle", 1.0, 6, 18, 0),
        ("swimming-pool", 0.75, 1, 6, 0),
        ("person", 0.4, 3, 12, 2.0),
    ),
    "forest": (
        ("vehicle", 1.0, 2, 7, 0),
        ("person", 0.5, 2, 8, 2.0),
        ("wind-mill", 0.3, 2, 5, 5.0),
        ("ship", 0.8, 1, 4, 0),
        ("swimming-pool", 0.3, 1, 2, 0),
    ),
    "coast": (
        ("ship", 1.0, 2, 9, 0),
        ("vehicle", 0.8, 2, 8, 0),
        ("person", 0.6, 5, 16, 2.5),
        ("swimming-pool", 0.4, 1, 4, 0),
        ("storage-tank", 0.2, 2, 6, 2.5),
    ),
    "desert": (
        ("wind-mill", 0.45, 3, 9, 5.0),
        ("storage-tank", 0.5, 2, 8, 2.0),
        ("vehicle", 1.0, 2, 9, 0),
        ("person", 0.4, 2, 9, 2.0),
        ("airplane", 0.15, 1, 3, 0),
    ),
    "airfield": (
        ("airplane", 1.0, 1, 4, 0),
        ("vehicle", 1.0, 2, 9, 0),
        ("storage-tank", 0.3, 2, 5, 2.5),
    ),
    "industrial": (
        ("vehicle", 1.0, 4, 14, 0),
        ("storage-tank", 0.5, 2, 6, 2.0),
        ("person", 0.3, 2, 6, 2.0),
    ),
    "river": (
        ("ship", 0.9, 1, 7, 0),
        ("vehicle", 1.0, 3, 10, 0),
        ("person", 0.4, 2, 10, 2.0),
        ("swimming-pool", 0.3, 1, 3, 0),
    ),
    # Crowds of a large scene, so wide that wherever a tile ends, it cuts one.
    "gathering": (
        ("person", 1.0, 1, 2, 6.0),
        ("person", 1.0, 1, 2, 8.0),
        ("person", 1.0, 1, 3, 10.0),
        ("storage-tank", 1.0, 1, 2, 8.0),
        ("airplane", 1.0, 1, 2, 10.0),
    ),
}
