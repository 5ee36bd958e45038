_base_ = "../../yolox/yolox_n_14e_synthetic.py"
model = dict(neck=[dict(type="tinydet.SARL", in_channels=[64, 128, 256]), _base_.model.neck])
