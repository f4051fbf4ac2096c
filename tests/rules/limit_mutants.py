"""Every rule set with one thing changed: a limit moved, a comparison turned, a condition dropped, an order swapped.

Rule sets are data, so their mutants are made as data. A limit moves by one hundredth, that of counted cells by one; a
finding has no limit that could move.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from schemas.rules.conditions import FINDINGS, AllOf, AnyOf, Comparison, Condition, Limit, Quantity
from schemas.rules.rule_sets import CategoryRule, RuleSet

STEPS = {Quantity.CELLS_COUNTED: Decimal(1)} | dict.fromkeys(FINDINGS, None)
replace = msgspec.structs.replace


def mutants(rules: RuleSet) -> Iterator[tuple[str, RuleSet]]:
    """What was changed, and the rule set so changed."""
    for place, rule in enumerate(rules.rules):
        for what, changed in _rule_mutants(rule):
            yield f"{rule.category}: {what}", _with(rules, place, changed)
    for place in range(len(rules.rules) - 1):
        first, second = rules.rules[place : place + 2]
        swapped = (*rules.rules[:place], second, first, *rules.rules[place + 2 :])
        yield f"{second.category} before {first.category}", replace(rules, rules=swapped)


def _with(rules: RuleSet, place: int, rule: CategoryRule) -> RuleSet:
    return replace(rules, rules=(*rules.rules[:place], rule, *rules.rules[place + 1 :]))


def _rule_mutants(rule: CategoryRule) -> Iterator[tuple[str, CategoryRule]]:
    for place, condition in enumerate(rule.conditions):
        before, after = rule.conditions[:place], rule.conditions[place + 1 :]
        if len(rule.conditions) > 1:
            yield f"without {shown(condition)}", replace(rule, conditions=(*before, *after))
        for what, changed in _condition_mutants(condition):
            yield what, replace(rule, conditions=(*before, changed, *after))
    if rule.gate is not None:
        yield "without its gate", replace(rule, gate=None)
        for what, changed in _limit_mutants(rule.gate):
            yield what, replace(rule, gate=changed)
    if rule.one_lineage is not None:
        yield "without one lineage", replace(rule, one_lineage=None)
        for what, condition in _condition_mutants(rule.one_lineage):
            yield f"one lineage, {what}", replace(rule, one_lineage=condition)
    for quantity in rule.known:
        yield f"{quantity} not asked for", replace(rule, known=tuple(each for each in rule.known if each != quantity))


def _condition_mutants(condition: Condition) -> Iterator[tuple[str, Condition]]:
    if isinstance(condition, Limit):
        yield from _limit_mutants(condition)
        return
    other = AnyOf if isinstance(condition, AllOf) else AllOf
    yield f"{other.__name__} of {shown(condition)}", other(condition.parts)
    for place, part in enumerate(condition.parts):
        before, after = condition.parts[:place], condition.parts[place + 1 :]
        yield f"without {shown(part)}", type(condition)((*before, *after))
        for what, changed in _condition_mutants(part):
            yield what, type(condition)((*before, changed, *after))


def _limit_mutants(limit: Limit) -> Iterator[tuple[str, Limit]]:
    for comparison in Comparison:
        if comparison is not limit.comparison:
            yield f"{shown(limit)} turned to {comparison}", replace(limit, comparison=comparison)
    step = STEPS.get(limit.quantity, Decimal("0.01"))
    for by in () if step is None else (-step, step):
        moved = replace(limit, limit=limit.limit + by)
        yield f"{shown(limit)} moved to {moved.limit}", moved


def shown(condition: Condition) -> str:
    if isinstance(condition, Limit):
        times = f" x {condition.times}" if condition.times else ""
        return f"{condition.quantity} {condition.comparison} {condition.limit}{times}"
    joined = " and " if isinstance(condition, AllOf) else " or "
    return f"({joined.join(shown(part) for part in condition.parts)})"
