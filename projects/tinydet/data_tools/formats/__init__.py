"""The annotation formats: a reader each, and a writer where a trainer reads the format.

Peers were tried on fractional boxes with flags (hotcoco 1.3.0, globox 2.9.0, supervision 0.31.2).
hotcoco's YOLO files have six decimals, which move a box by 1e-4 px, and no crowds; its VOC files
whole pixels and its CVAT files two decimals; the suffix of a picture's name and ``ignore`` get
lost, and folders of pictures with equal names are refused. globox keeps the digits, but neither
``ignore`` nor ``iscrowd``, and supervision rounds to float32 and drops both. So the readers and
writers are ours; they keep float64 and every flag.
"""

from collections.abc import Callable

from tinydet.data_tools.formats import (
    coco,
    coco_write,
    csv_table,
    cvat,
    dota,
    labelme,
    sodaa,
    visdrone,
    voc,
    yolo,
)
from tinydet.data_tools.pictures import DataSet
from tinydet.data_tools.source import Source, Target

READERS: dict[str, Callable[[Source], dict[str, DataSet]]] = {
    "yolo": yolo.read,
    "voc": voc.read,
    "coco": coco.read,
    "visdrone": visdrone.read,
    "dota": dota.read,
    "sodaa": sodaa.read,
    "labelme": labelme.read,
    "cvat": cvat.read,
    "csv": csv_table.read,
}
WRITERS: dict[str, Callable[[dict[str, DataSet], Target], None]] = {
    "coco": coco_write.write,
    "yolo": yolo.write,
    "voc": voc.write,
    "csv": csv_table.write,
}
