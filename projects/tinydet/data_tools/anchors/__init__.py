"""Anchors fitted to the objects of a data set, and the best possible recall with them."""
