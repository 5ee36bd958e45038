"""CFINet on AI-TOD. Published: AP 20.1 (arXiv:2511.09891, Table I)."""

_base_ = ["../faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py", "_cfinet.py"]

model = _base_.cfinet
train_dataloader = dict(batch_size=4)
optim_wrapper = _base_.embedding_rate
auto_scale_lr = dict(base_batch_size=4)
