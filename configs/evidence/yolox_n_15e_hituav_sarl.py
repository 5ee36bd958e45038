_base_ = "../yolox/yolox_n_15e_hituav.py"
model = dict(neck=[dict(type="tinydet.SARL", in_channels=[64, 128, 256]), _base_.model.neck])
