_base_ = "../lrnet_n_14e_synthetic.py"
model = dict(backbone=dict(down_cfg=dict(type="tinydet.LFF", kernel_size=3, groups=4)))
