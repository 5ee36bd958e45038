_base_ = "../lrnet_n_1500e_aitod.py"
model = dict(backbone=dict(type="mmyolo.YOLOv8CSPDarknet"))
