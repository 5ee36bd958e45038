_base_ = "../../yolov5/yolov5_s_300e_aitod.py"
model = dict(neck=[dict(type="tinydet.SARL", in_channels=[128, 256, 512]), _base_.model.neck])
