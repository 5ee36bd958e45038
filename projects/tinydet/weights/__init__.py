"""Pretrained weights: from a name in a config to tensors of the right names."""
