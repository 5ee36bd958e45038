_base_ = "../yolox_s_sarl-sfl_300e_aitod.py"
model = dict(bbox_head=dict(loss_bbox=dict(beta=1 / 0.6931471805599453)))  # 1 / ln 2
