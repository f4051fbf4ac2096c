"""Runs a plan over a table: one result an estimate, whether it is an answer or a refusal. Pure."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from analytics.estimators.errors import Reason, Refused
from analytics.plans import guards, marker, methods, response, survival
from analytics.plans.derived import Derived, derive
from analytics.plans.measured import measured
from analytics.plans.plan import Plan
from analytics.plans.registry import columns_read
from analytics.plans.results import Refusal, Result, Results
from analytics.plans.selection import Selection, select
from analytics.plans.table import Table
from analytics.plans.watching import after, before
from analytics.versions import versions

RUNNERS: dict[type[methods.Estimate], Callable[[Selection, Any], Any]] = {
    methods.KaplanMeier: survival.curves,
    methods.LogRank: survival.compared,
    methods.Cox: survival.regressed,
    methods.CumulativeIncidence: survival.incidences,
    methods.Gray: survival.tested,
    methods.Proportion: response.shares,
    methods.Agreement: marker.agreed,
    methods.Logistic: marker.logistic,
    methods.Roc: marker.discriminated,
    methods.Cutpoint: marker.cut,
    methods.CensoredMeans: marker.means,
    methods.Spline: marker.bent,
}
"""What makes the answer of each method."""


def run(plan: Plan, table: Table) -> Results:
    """Every estimate of the plan, in its order. An estimate that cannot be made is a refusal with its sentence."""
    derived = derive(table, plan)
    return Results(
        plan=plan.name,
        plan_version=plan.version,
        plan_digest=hashlib.sha256(_canonical.encode(plan)).hexdigest(),
        data_digest=table.digest,
        rows=table.rows,
        versions=versions(),
        results=tuple(result_of(asked, derived, plan) for asked in plan.estimates),
    )


def result_of(asked: methods.Estimate, derived: Derived, plan: Plan) -> Result:
    """One estimate."""
    table = derived.table
    bare = Result(
        id=asked.id,
        method=str(type(asked).__struct_config__.tag),
        title=asked.title,
        subjects=0,
        left_out={},
        settings=_settings(asked),
        reads=_reads(asked, plan),
    )
    try:
        for _, name, _ in columns_read(asked):
            if name in derived.refused:
                raise derived.refused[name]
        chosen = _measured(select(table, asked), asked, table, plan)
    except Refused as refused:
        return _refused(bare, refused)
    bare = msgspec.structs.replace(bare, subjects=chosen.rows, left_out=dict(chosen.left_out))
    labels = tuple(before(asked, chosen, table, plan))
    stopping = next((label for label in labels if label.stops), None)
    if stopping is not None:
        refusal = Refusal(reason=stopping.guard.value, sentence=f"{stopping.what} {stopping.why} {stopping.then}")
        return msgspec.structs.replace(bare, refused=refusal, labels=labels)
    try:
        answer = RUNNERS[type(asked)](chosen, asked)
    except Refused as refused:
        if refused.reason is Reason.SEPARATION:
            labels = (*labels, guards.separation(str(refused)))
        return _refused(msgspec.structs.replace(bare, labels=labels), refused)
    labels = (*labels, *after(answer))
    return msgspec.structs.replace(bare, answer=_plain(answer), labels=labels)


def _measured(chosen: Selection, asked: methods.Estimate, table: Table, plan: Plan) -> Selection:
    """With what was measured of the marker, where the plan names a cut: what is put in place of a limit has no side."""
    if not isinstance(asked, methods.Roc) or asked.cut is None:
        return chosen
    found = measured(table, plan.columns, asked.marker, chosen.kept)
    return msgspec.structs.replace(chosen, measured={asked.marker: found})


def _refused(bare: Result, refused: Refused) -> Result:
    return msgspec.structs.replace(bare, refused=Refusal(reason=refused.reason.value, sentence=str(refused)))


def _reads(asked: methods.Estimate, plan: Plan) -> tuple[str, ...]:
    """The columns of the table behind those that the estimate names."""
    named = {name for _, name, _ in columns_read(asked)}
    behind = {each for name in named for each in (plan.columns[name].made_of, plan.columns[name].limit) if each}
    return tuple(sorted(name for name in named | behind if plan.columns[name].made_of is None))


def _plain(answer: Any) -> dict[str, Any]:
    """As whoever reads the JSON document has it."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answer))
    return plain


def _settings(asked: methods.Estimate) -> dict[str, Any]:
    said = msgspec.to_builtins(asked)
    return {name: value for name, value in said.items() if name not in ("id", "method", "title") and value is not None}


_canonical = msgspec.json.Encoder(decimal_format="string", order="deterministic")
