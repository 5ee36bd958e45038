"""YOLOX-s' model as mmyolo ships it; why it is taken out of the file: ../yolov8/_model_n.py."""

from mmengine import Config

model = Config.fromstring(
    '_base_ = "mmyolo::yolox/yolox_s_fast_8xb8-300e_coco.py"', ".py"
).model.to_dict()
model["data_preprocessor"]["batch_augments"] = None  # one size: tiny objects must not shrink
del Config  # every name left here becomes a key of the config
