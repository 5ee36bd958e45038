"""YOLOv3's model and training pipeline as mmdet ships them; see ../yolov8/_model_n.py."""

from mmengine import Config

upstream = Config.fromstring(
    '_base_ = "mmdet::yolo/yolov3_d53_8xb8-ms-608-273e_coco.py"', ".py"
).to_dict()
model = upstream["model"]
crop_pipeline = [dict(type="tinydet.LoadImageFromFile"), *upstream["train_pipeline"][1:]]
del Config, upstream  # every name left here becomes a key of the config
