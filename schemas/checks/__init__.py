"""Edit checks: named, pure rules on one subject's record, and the queries that they open and close by themselves.

    finding      what a rule finds, and what a rule is
    chart        one subject's record, as the rules read it
    catalogue    every rule by name, with its severity; `check` asks them all
    texts        what each rule says to people, in both languages
    queries      findings and what people said of them, as one state for each query

A check refuses nothing: what was said stays said, and the doubt stands beside it.
"""
