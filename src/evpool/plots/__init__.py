"""Figures: each function takes results tables and returns a matplotlib Figure.

Import the module of the figure you draw (``from evpool.plots.forest import draw_forest``): nothing
is imported here, so that a process pays only for what it draws.
"""
