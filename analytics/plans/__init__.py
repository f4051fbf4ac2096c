"""A statistical analysis plan as data: which estimates, over which columns, by which methods; read, run, and guarded.

The trial's own analyses and a plain file of anybody's go through the same code: a table of columns, and a plan.
"""
