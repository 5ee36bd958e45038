_base_ = "../lrnet_n_14e_synthetic.py"
model = dict(backbone=dict(type="mmyolo.YOLOv8CSPDarknet"))
