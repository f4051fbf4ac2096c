"""Pictures as SVG, drawn on the server and fluid: whatever the width, letters and lines keep their size.

Across and down everything stands in percent of the plot; letters have their own size and marks are measured in letters,
so nothing shrinks with the screen. Only curves live in an inner drawing that stretches, with strokes that do not.
"""
