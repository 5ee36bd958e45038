_base_ = "../lrnet_n_aitod.py"
model = dict(backbone=dict(type="mmyolo.YOLOv8CSPDarknet"))
