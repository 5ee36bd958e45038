_base_ = "../lrnet_n_1500e_aitod.py"
model = dict(backbone=dict(down_cfg=dict(type="tinydet.LFF", kernel_size=3)))
