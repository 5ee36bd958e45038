_base_ = "../lrnet_n_15e_hituav.py"
model = dict(backbone=dict(down_cfg=dict(type="tinydet.LFF", kernel_size=3)))
