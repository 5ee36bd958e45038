"""FoveaBox' model as mmdet ships it; why it is taken out of the file: ../yolov8/_model_n.py."""

from mmengine import Config

model = Config.fromstring(
    '_base_ = "mmdet::foveabox/fovea_r50_fpn_4xb4-1x_coco.py"', ".py"
).model.to_dict()
del Config  # every name left here becomes a key of the config
