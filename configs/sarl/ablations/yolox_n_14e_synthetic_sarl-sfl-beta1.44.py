_base_ = "../yolox_n_sarl-sfl_14e_synthetic.py"
model = dict(bbox_head=dict(loss_bbox=dict(beta=1 / 0.6931471805599453)))  # 1 / ln 2
