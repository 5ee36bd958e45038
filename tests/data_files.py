"""Images and annotation files as the data sets of the configs have them: COCO's and VOC's."""

import json
from xml.etree import ElementTree

import numpy as np
from PIL import Image

SIDE = 128  # pixels of the images; what the pipelines make of them is a quarter of its size
COUNT = 2
OBJECTS = 12


def write_images(folder, names, boxes):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    for name, corners in zip(names, boxes, strict=True):
        pixels = rng.integers(0, 80, (SIDE, SIDE, 3), dtype=np.uint8)
        for x1, y1, x2, y2 in corners:
            pixels[y1:y2, x1:x2] = 200
        Image.fromarray(pixels).save(folder / name)


def write_coco(path, names, boxes, classes):
    """What all data sets in COCO's format have in common, and extra keys of VisDrone and SODA-D."""
    images = [
        dict(
            id=i,
            file_name=name,
            width=SIDE,
            height=SIDE,
            ignored_regions=[],
            ori_id=i,
            start_coord=[0, 0],
        )
        for i, name in enumerate(names, start=1)
    ]
    annotations = [
        dict(
            id=1 + image * OBJECTS + number,
            image_id=image + 1,
            category_id=number % len(classes) + 1,
            bbox=[int(x1), int(y1), int(x2 - x1), int(y2 - y1)],
            area=int((x2 - x1) * (y2 - y1)),
            iscrowd=0,
        )
        for image, corners in enumerate(boxes)
        for number, (x1, y1, x2, y2) in enumerate(corners)
    ]
    categories = [dict(id=i, name=name) for i, name in enumerate(classes, start=1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(images=images, annotations=annotations, categories=categories)))


def write_voc(folder, split, boxes, classes):
    stems = [f"{folder.name}_{number}" for number in range(COUNT)]
    write_images(folder / "JPEGImages", [f"{stem}.jpg" for stem in stems], boxes)
    for sub in ("Annotations", "ImageSets/Main"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    (folder / f"ImageSets/Main/{split}.txt").write_text("\n".join(stems))
    for stem, corners in zip(stems, boxes, strict=True):
        root = ElementTree.Element("annotation")
        size = ElementTree.SubElement(root, "size")
        for side in ("width", "height"):
            ElementTree.SubElement(size, side).text = str(SIDE)
        for number, corner in enumerate(corners):
            item = ElementTree.SubElement(root, "object")
            ElementTree.SubElement(item, "name").text = classes[number % len(classes)]
            box = ElementTree.SubElement(item, "bndbox")
            for key, value in zip(("xmin", "ymin", "xmax", "ymax"), corner + 1, strict=True):
                ElementTree.SubElement(box, key).text = str(value)
        ElementTree.ElementTree(root).write(folder / f"Annotations/{stem}.xml")
