_base_ = "../lrnet_n_14e_synthetic.py"
model = dict(backbone=dict(down_cfg=dict(type="tinydet.LFF", attention=None)))
