"""Distances between boxes, and the label assigners made from them."""
