"""CFINet on your own COCO JSON with the settings of AI-TOD."""

_base_ = ["../faster_rcnn/faster-rcnn_r50_fpn_1x_own.py", "_cfinet.py"]

model = _base_.cfinet
train_dataloader = dict(batch_size=4)
optim_wrapper = _base_.embedding_rate
auto_scale_lr = dict(base_batch_size=4)
