_base_ = "../lrnet_n_hituav.py"
model = dict(backbone=dict(type="mmyolo.YOLOv8CSPDarknet"))
