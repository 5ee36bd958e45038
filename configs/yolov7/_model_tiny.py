"""YOLOv7-tiny's model as mmyolo ships it; taken out of the file as in ../yolov8/_model_n.py."""

from mmengine import Config

model = Config.fromstring(
    '_base_ = "mmyolo::yolov7/yolov7_tiny_syncbn_fast_8x16b-300e_coco.py"', ".py"
).model.to_dict()
del Config  # every name left here becomes a key of the config
