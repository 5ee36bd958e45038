"""DINO's model as mmdet ships it; why it is taken out of the file: ../yolov8/_model_n.py."""

from mmengine import Config

model = Config.fromstring(
    '_base_ = "mmdet::dino/dino-4scale_r50_8xb2-24e_coco.py"', ".py"
).model.to_dict()
del Config  # every name left here becomes a key of the config
