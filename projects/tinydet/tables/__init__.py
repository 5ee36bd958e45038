"""Published tables, our results, and the two side by side; the package only reads and prints.

``configs/tables/NAME.csv`` holds what a paper printed and the config of each row;
``configs/<folder>/results.csv`` holds what we measured. :mod:`tinydet.runs` fills the latter.
"""
