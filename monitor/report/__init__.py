"""The statistical report: one HTML file and one PDF, from the same parts.

Pure: `content` (what is reported), `courses` (lanes and blasts), the figures, the tables, `parts` (their order and
words). What writes: `svg`, `html`, `pdf`, each into bytes.
"""
