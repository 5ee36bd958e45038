"""D3Q with 60 to 180 queries, for some 20 objects an image."""

_base_ = ["../dino/dino_r18_14e_synthetic.py", "_d3q.py"]

model = dict(
    query_selector=dict(type="tinydet.DensityQueryCount", minimum=60),
    **_base_.d3q,
)
