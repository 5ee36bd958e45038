"""Deformable DETR's model as mmdet ships it, taken out of the file as in ../yolov8/_model_n.py."""

from mmengine import Config

model = Config.fromstring(
    '_base_ = "mmdet::deformable_detr/deformable-detr_r50_16xb2-50e_coco.py"', ".py"
).model.to_dict()
del Config  # every name left here becomes a key of the config
