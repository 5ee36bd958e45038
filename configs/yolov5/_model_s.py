"""YOLOv5-s as mmyolo ships it."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

model = upstream_model("mmyolo::yolov5/yolov5_s-v61_syncbn_fast_8xb16-300e_coco.py")
