_base_ = "../lrnet_n_15e_hituav.py"
model = dict(backbone=dict(type="mmyolo.YOLOv8CSPDarknet"))
