"""D3Q on DINO: 300 to 2,000 queries an image. AdamW 1e-4 for two GPUs with an image each."""

_base_ = ["../dino/_r50_24e.py", "_d3q.py"]

from tinydet.recipes.dino import P2

model = dict(num_queries=2000, test_cfg=dict(max_per_img=2000), **P2, **_base_.d3q)
auto_scale_lr = dict(base_batch_size=2)
