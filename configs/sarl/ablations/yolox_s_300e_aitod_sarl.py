_base_ = "../../yolox/yolox_s_300e_aitod.py"
model = dict(neck=[dict(type="tinydet.SARL", in_channels=[128, 256, 512]), _base_.model.neck])
