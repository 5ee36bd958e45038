"""Published tables as data, our results beside them, and the command that fills what is missing.

``configs/tables/NAME.csv`` holds what a paper printed and which config stands for each row;
``configs/<folder>/results.csv`` what was measured here. The two are joined only when shown.
"""
