"""The pages of the statistics: the plan's analyses, and every number's history.

Routes are the shell, together with what they read through `monitor.audit`; everything else is pure.
"""
