"""Edit checks and queries. The tables beside this file are patients drawn on a few lines, one case each:

    raises(rule, fact, *history, finds=...)   the rule finds exactly this: "entries: field day about"
    passes(rule, fact, *history)              a near miss in which the rule finds nothing
    put_right(rule, fact, *history, by=...)   the rule finds something, and one event closes its query by itself

`test_rules` runs them all, and demands at least one of each kind for every rule.
"""
