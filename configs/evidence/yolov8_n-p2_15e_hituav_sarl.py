_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"
model = dict(neck=[dict(type="tinydet.SARL", in_channels=[32, 64, 128, 256]), _base_.model.neck])
