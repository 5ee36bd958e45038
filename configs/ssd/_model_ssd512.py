"""SSD512's model and pipelines as mmdet ships them; see ../yolov8/_model_n.py."""

from mmengine import Config

upstream = Config.fromstring('_base_ = "mmdet::ssd/ssd512_coco.py"', ".py").to_dict()
model = upstream["model"]
load = dict(type="tinydet.LoadImageFromFile")
crop_pipeline = [load, *upstream["train_pipeline"][1:]]
whole_pipeline = [load, *upstream["test_pipeline"][1:]]
del Config, load, upstream  # every name left here becomes a key of the config
