"""The rule sets and their tables of cases as one Markdown page, in Chinese and English. Pure: text in, text out.

The page is `docs/responses.md`; a test holds it current.
"""

import csv
from collections.abc import Iterator, Mapping

from schemas.rules.conditions import FINDINGS, UNITS, YES, AllOf, Comparison, Condition, Limit, Quantity, judged
from schemas.rules.rule_sets import NAMED_ONLY, RULE_SETS, CategoryRule, RuleSet

_EN = {
    Comparison.AT_LEAST: "at least {} (inclusive)",
    Comparison.ABOVE: "above {} (exclusive)",
    Comparison.AT_MOST: "at most {} (inclusive)",
    Comparison.BELOW: "below {} (exclusive)",
}
_ZH = {
    Comparison.AT_LEAST: "≥ {}（含）",
    Comparison.ABOVE: "> {}（不含）",
    Comparison.AT_MOST: "≤ {}（含）",
    Comparison.BELOW: "< {}（不含）",
}
_ZH_NAMES = {
    Quantity.MARROW_BLASTS: "骨髓原始细胞",
    Quantity.PRETREATMENT_BLASTS: "治疗前骨髓原始细胞",
    Quantity.CELLS_COUNTED: "骨髓计数细胞",
    Quantity.CELLULARITY: "骨髓增生程度",
    Quantity.BLOOD_BLASTS: "外周血原始细胞",
    Quantity.ANC: "中性粒细胞绝对值",
    Quantity.PLATELETS: "血小板",
    Quantity.HAEMOGLOBIN: "血红蛋白",
    Quantity.ADEQUATE: "骨髓标本",
    Quantity.SPICULES: "骨髓小粒",
    Quantity.AUER_RODS: "Auer小体",
    Quantity.ERYTHROID: "红系",
    Quantity.MEGAKARYOCYTES: "巨核系",
    Quantity.EXTRAMEDULLARY: "髓外病变",
    Quantity.MALE: "性别",
    Quantity.REMISSION: "既往缓解",
    Quantity.BACK_IN_BLOOD: "外周血再现原始细胞",
    Quantity.THROUGH_COURSE: "经一个疗程仍有原始细胞",
}
_ZH_FINDINGS = {
    "adequate": "合格",
    "not adequate": "不合格",
    "present": "有",
    "absent": "无",
    "normal": "正常",
    "not normal": "不正常",
    "male": "男",
    "female": "女",
    "reached": "有",
    "none": "无",
    "found": "有",
    "not found": "无",
}

_HEAD = """# Response categories · 疗效评价

Generated from `schemas/rules/rule_sets.py` and the tables in `schemas/rules/cases`; do not edit.
由规则集与病例表自动生成，请勿手工修改。

Categories are tried in the order of the table. The first whose conditions are all met is given; where none is, NR.
按表中顺序逐类判断，首个全部条件均满足者即为结果；均不满足者为NR。

A missing value is never a low one: where it decides, the response is undetermined, with its candidates.
缺失值不等于低值：若其影响结果，则判为未定（undetermined），并列出可能的类别。

In the cases, days count from the day of the marrow; what is empty was not said. Percentages are of marrow blasts now
and before treatment, and of blasts in blood read with the marrow; counts are in 10*9/L, Hb in g/L, of the marrow's day
where no other is named. "Earlier" are responses on days -60 and -30. "Lineages" is the study's setting: CRi requires
one recovered lineage, or lets two be low. "Step" is a part of the derivation log, without its dates and entries.
病例中的天数自骨髓检查当日起算，空格表示未说明。“earlier”为第-60天与第-30天的既往疗效；“lineages”为研究设置：CRi要求至少一系
恢复（one），或允许两系均低（two）；“step”为推导记录的一步（略去日期与条目）。
"""


def described(tables: Mapping[str, str]) -> str:
    """The page. ``tables`` has the CSV text of each rule set's cases, by the rule set's name."""
    parts = [_HEAD, *(part for rules in RULE_SETS.values() for part in _rule_set(rules, tables[rules.name]))]
    refused = (
        f"## {named.name}\n\n{named.title}.\n\nRefused as an endpoint · 不可作为终点: {named.why}.\n"
        for named in NAMED_ONLY.values()
    )
    return "\n".join([*parts, *refused])


def _rule_set(rules: RuleSet, table: str) -> Iterator[str]:
    yield f"## {rules.name}, version {rules.version}\n\n{rules.source}. {rules.section}.\n"
    rows = [[rule.category.value, "; ".join(_in_english(rule)), "；".join(_in_chinese(rule))] for rule in rules.rules]
    yield _markdown([["category · 类别", "all of these", "须全部满足"], *rows])
    yield f"{_refractory(rules)}\n"
    cases = list(csv.reader(table.splitlines(), strict=True))
    yield f"### {rules.name}: {len(cases) - 1} cases · 病例\n"
    yield _markdown(cases)
    yield f"{rules.name} version {rules.version}, checked by · 审核人: ____________ on · 日期: ____________\n"


def _refractory(rules: RuleSet) -> str:
    after = []
    if rules.courses_to_refractory is not None:
        after.append(f"{rules.courses_to_refractory} intensive courses · 强诱导疗程")
    if rules.days_to_refractory is not None:
        after.append(f"{rules.days_to_refractory} days from a less intensive start · 天（低强度起始）")
    return f"Refractory · 难治: no remission after {', or '.join(after)}." if after else "Refractory · 难治: not said."


def _in_english(rule: CategoryRule) -> Iterator[str]:
    for condition in (*((rule.gate,) if rule.gate else ()), *rule.conditions):
        yield _said(condition, _EN, {}, {}, " and ", " or ")
    if rule.one_lineage is not None:
        yield f"where one lineage is required: {_said(rule.one_lineage, _EN, {}, {}, ' and ', ' or ')}"
    yield from (f"{quantity} known, of any size" for quantity in rule.known)


def _in_chinese(rule: CategoryRule) -> Iterator[str]:
    for condition in (*((rule.gate,) if rule.gate else ()), *rule.conditions):
        yield _said(condition, _ZH, _ZH_NAMES, _ZH_FINDINGS, "且", "或")
    if rule.one_lineage is not None:
        yield f"若要求单系：{_said(rule.one_lineage, _ZH, _ZH_NAMES, _ZH_FINDINGS, '且', '或')}"
    yield from (f"{_ZH_NAMES[quantity]}已知（不论高低）" for quantity in rule.known)


def _said(
    condition: Condition,
    words: Mapping[Comparison, str],
    names: Mapping[Quantity, str],
    findings: Mapping[str, str],
    and_: str,
    or_: str,
) -> str:
    if not isinstance(condition, Limit):
        parts = (_said(part, words, names, findings, and_, or_) for part in condition.parts)
        return f"({(and_ if isinstance(condition, AllOf) else or_).join(parts)})"
    name = names.get(condition.quantity, condition.quantity.value)
    if condition.quantity in FINDINGS or condition.limit == 0:
        so, not_so = FINDINGS.get(condition.quantity, ("present", "absent"))
        said = so if judged(condition, {condition.quantity: YES}) else not_so
        return f"{name} {findings.get(said, said)}"
    if condition.times is not None:
        of = names.get(condition.times, condition.times.value)
        return f"{name} {words[condition.comparison].format(f'{condition.limit} x {of}')}"
    return f"{name} {words[condition.comparison].format(f'{condition.limit} {UNITS[condition.quantity]}')}"


def _markdown(rows: list[list[str]]) -> str:
    head, *body = ([cell.replace("|", "\\|").replace("<", "&lt;") for cell in row] for row in rows)
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
