"""CornerNet's model and pipelines as mmdet ships them; see ../yolov8/_model_n.py."""

from mmengine import Config

upstream = Config.fromstring(
    '_base_ = "mmdet::cornernet/cornernet_hourglass104_8xb6-210e-mstest_coco.py"', ".py"
).to_dict()
model = upstream["model"]
load = dict(type="tinydet.LoadImageFromFile", to_float32=True)
crop_pipeline = [load, *upstream["train_pipeline"][1:]]
whole_pipeline = [load, *upstream["test_pipeline"][1:]]
del Config, load, upstream  # every name left here becomes a key of the config
