"""RFLA's authors warm up for 5,000 steps with two images each."""

rfla_warm_up = dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end_images=10_000)
