_base_ = "../lrnet_n_release_1500e_aitod.py"
model = dict(backbone=dict(down_cfg=dict(init_from_strided=True)))
