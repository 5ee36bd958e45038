"""YOLOX-s' model as mmyolo ships it; why it is taken out of the file: ../yolov8/_model_n.py."""

from mmengine import Config

model = Config.fromstring(
    '_base_ = "mmyolo::yolox/yolox_s_fast_8xb8-300e_coco.py"', ".py"
).model.to_dict()
# One size: tiny objects must not shrink. The resizing also made floats of the bytes of an image,
# which now dividing by 1 does: YOLOX learns from 0 to 255.
model["data_preprocessor"].update(batch_augments=None, mean=[0, 0, 0], std=[1, 1, 1])
# The same assignment without tables of all priors and objects.
model["train_cfg"]["assigner"]["type"] = "tinydet.SimOTAAssigner"
del Config  # every name left here becomes a key of the config
