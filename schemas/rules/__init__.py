"""Endpoint rules: what one subject's entries in force count as at a data cutoff. Pure, one module a question."""
