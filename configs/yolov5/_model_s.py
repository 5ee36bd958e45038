"""YOLOv5-s' model as mmyolo ships it; why it is taken out of the file: ../yolov8/_model_n.py."""

from mmengine import Config

model = Config.fromstring(
    '_base_ = "mmyolo::yolov5/yolov5_s-v61_syncbn_fast_8xb16-300e_coco.py"', ".py"
).model.to_dict()
del Config  # every name left here becomes a key of the config
