"""Which of the numbers shown the study's analysis plan asks for; what it does not ask for is exploratory. Pure.

Nothing here is a list of what is in order: each number of the live panel is put as the estimate that a plan would have
to ask for, and looked for among those that the plan does ask for. Both must agree

- in the method, and for a curve the kind of its interval and the days at which it is read;
- in the set, and in the columns of outcome, time, event, pending and entry;
- in the level, where the number has an interval: a count and a bound have none;
- in what becomes of subjects without a value, where there can be any.

So a number whose day, level, interval or set is another one than the plan's is exploratory, and so is a number that has
no form in which a plan could ask for it, such as one that was added after this was written.

**Conduct** is neither. How many were screened, enrolled and treated, the forecast of accrual, who belongs to which set,
how complete the follow-up is, and the quality of data are numbers of the trial's conduct. Sources: ICH E9, 4.1 and 4.3
(watching the conduct of a trial and its accrual is told apart from interim analysis, 4.5), 5.1 (only what was foreseen
is prespecified), 5.2 (analysis sets). A *setting* comes from the study definition and not from data.
"""

import enum
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from analytics.numbers import numbers_of
from analytics.plans import methods
from analytics.plans.plan import Plan, PlanColumn
from analytics.plans.registry import columns_read
from schemas.study import Endpoints

Columns = Mapping[str, PlanColumn]


class Standing(enum.StrEnum):
    """How a number stands to the plan. The value is printed and keeps its meaning."""

    PRESPECIFIED = "prespecified"
    EXPLORATORY = "exploratory"
    CONDUCT = "conduct"
    SETTING = "setting"


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """``by`` are the ids of the estimates that ask for the number; empty unless it is prespecified."""

    standing: Standing
    by: tuple[str, ...] = ()

    @property
    def is_exploratory(self) -> bool:
        return self.standing is Standing.EXPLORATORY


class Prespecification(msgspec.Struct, frozen=True, kw_only=True):
    """What the study's plan says of the numbers of one snapshot, by the names of `analytics.numbers`.

    ``plan`` is its name and version, None for a study without one: then every number but those of conduct is
    exploratory. ``prespecified`` has the ids of the estimates that ask for a number. Settings are left out.
    """

    plan: str | None
    prespecified: dict[str, tuple[str, ...]]
    exploratory: tuple[str, ...]
    conduct: tuple[str, ...]

    def is_exploratory(self, name: str) -> bool:
        return name in self.exploratory


class Prespecified:
    """The numbers of the live panel of a study beside its plan, None for a study without one."""

    def __init__(self, plan: Plan | None, endpoints: Endpoints) -> None:
        self.plan = plan
        self._endpoints = endpoints
        self._found: dict[str, Stand] = {}
        self._told: tuple[bytes, Prespecification] | None = None

    def of(self, name: str) -> Stand:
        """How the number of this name stands; a name that is not known is that of an exploratory number."""
        if name not in self._found:
            self._found[name] = self._stand(name)
        return self._found[name]

    def of_snapshot(self, body: bytes) -> Prespecification:
        """Of every number of a snapshot's canonical bytes. The last is kept: pages ask for it again and again."""
        told = self._told
        if told is None or told[0] != body:
            told = self._told = (body, self.said(numbers_of(body)))
        return told[1]

    def said(self, names: Iterable[str]) -> Prespecification:
        stands = {name: self.of(name) for name in names}
        return Prespecification(
            plan=None if self.plan is None else f"{self.plan.name} {self.plan.version}",
            prespecified={name: each.by for name, each in stands.items() if each.standing is Standing.PRESPECIFIED},
            exploratory=tuple(name for name, each in stands.items() if each.is_exploratory),
            conduct=tuple(name for name, each in stands.items() if each.standing is Standing.CONDUCT),
        )

    def _stand(self, name: str) -> Stand:
        shown = _shown(name.split("."), self._endpoints)
        if isinstance(shown, Standing):
            return Stand(standing=shown)
        asked = () if self.plan is None or shown is None else self.plan.estimates
        by = tuple(each.id for each in asked if shown is not None and _is_asked(each, shown))
        return Stand(standing=Standing.PRESPECIFIED if by else Standing.EXPLORATORY, by=by)


def with_prespecification(body: bytes, told: Prespecification) -> bytes:
    """A snapshot's canonical bytes as a document that says of its numbers, at the end, how they stand to the plan.

    >>> told = Prespecification(plan=None, prespecified={}, exploratory=(), conduct=("a",))
    >>> with_prespecification(b'{"a":1}', told)
    b'{"a":1,"prespecification":{"plan":null,"prespecified":{},"exploratory":[],"conduct":["a"]}}'
    """
    return body.removesuffix(b"}") + b',"prespecification":' + msgspec.json.encode(told) + b"}"


def is_in(estimate: methods.Estimate, columns: Columns, own: Plan | None) -> bool:
    """Whether a plan asks for the very same estimate, whatever it is called.

    ``columns`` are those of the estimate's own plan: a logarithm that is made otherwise is another quantity.
    """
    return own is not None and _asked(estimate, columns) in {_asked(each, own.columns) for each in own.estimates}


def _asked(estimate: methods.Estimate, columns: Columns) -> bytes:
    said: dict[str, Any] = msgspec.to_builtins(estimate, builtin_types=())
    asked = {name: value for name, value in said.items() if name not in _NAMING}
    read = sorted({name for _, name, _ in columns_read(estimate)})
    return msgspec.json.encode([asked, [(name, columns[name]) for name in read if name in columns]])


_NAMING = frozenset({"id", "title"})

_FREE = _NAMING | {"at", "restricted_to"}
"""What an estimate may say besides and still ask for a number: its name, other readings of the same curve."""


class _Shown(NamedTuple):
    """What is shown, as a plan would ask for it. ``free`` are the fields in which a plan may differ from it."""

    estimate: methods.Estimate
    day: int | None = None
    free: frozenset[str] = _FREE


def _is_asked(planned: methods.Estimate, shown: _Shown) -> bool:
    if type(planned) is not type(shown.estimate):
        return False
    if shown.day is not None and shown.day not in getattr(planned, "at", ()):
        return False
    return all(
        getattr(planned, field) == getattr(shown.estimate, field)
        for field in planned.__struct_fields__
        if field not in shown.free
    )


_OUTCOMES = {"ORR": "responded", "CR": "cr", "CRh": "crh", "CRi": "cri", "PR": "pr", "MLFS": "mlfs"}
"""The column of a rate's outcome, by the name of the rate."""


def _shown(name: list[str], endpoints: Endpoints) -> _Shown | Standing | None:
    """None where no plan has a form in which to ask for it."""
    match name:
        case ["interval_level"] | [_, "window_days" | "horizon_days" | "origin"] | [*_, "categories"]:
            return Standing.SETTING
        case ["enrolment" | "accrual" | "funnel", *_]:
            return Standing.CONDUCT
        case ["response", *rest]:
            return _response(rest, endpoints)
        case ["survival", *rest]:
            return _survival(rest, endpoints)
    return None


def _response(name: list[str], endpoints: Endpoints) -> _Shown | Standing | None:
    match name:
        case ["full" | "assessed" | "window_over"] | ["evaluable", "subjects"] | ["outside" | "rule_sets", *_]:
            return Standing.CONDUCT
        case ["mortality", _, "unknown" | "not_reached"]:
            return Standing.CONDUCT
        case ["responders" | "non_responders" | "pending"]:
            return _counted("responded", "full_set", "pending")
        case ["rates", rate] if rate in _OUTCOMES:
            return _rate(_OUTCOMES[rate], "closed", endpoints)
        case ["rates", "ORR", "bounds"]:
            return _counted("responded", "full_set", "pending")
        case ["rates", rate, "bounds"] if rate in _OUTCOMES:
            return _counted(_OUTCOMES[rate], "full_set", f"{_OUTCOMES[rate]}_open")
        case ["evaluable"]:
            return _rate("responded", "evaluable_closed", endpoints)
        case ["early_deaths"]:
            return _counted("early_death", "full_set")
        case ["mortality", day]:
            return _rate(f"died_by_day_{day}", f"day_{day}_over", endpoints)
        case ["by_best", best] if best in _OUTCOMES:
            return _counted(_OUTCOMES[best], "full_set")
    return None


def _rate(outcome: str, members: str, endpoints: Endpoints) -> _Shown:
    """With its exact interval. Nobody in these sets is without an answer, so it is no matter what becomes of such."""
    level = endpoints.interval_level
    return _Shown(methods.Proportion(id="", outcome=outcome, set=members, level=level), free=_FREE | {"missing"})


def _counted(outcome: str, members: str, pending: str | None = None) -> _Shown:
    asked = methods.Proportion(id="", outcome=outcome, set=members, pending=pending)
    return _Shown(asked, free=_FREE | {"missing", "level"})


_COUNTS = frozenset({"level", "interval"})


def _survival(name: list[str], endpoints: Endpoints) -> _Shown | Standing | None:
    delayed = endpoints.survival_origin == "diagnosis"
    curve = _curve("survival_days", "died", endpoints, entry="survival_entered" if delayed else None)
    # Where entry is not delayed everybody enters on day 0, and naming that changes nothing.
    free = _FREE if delayed else _FREE | {"entry"}
    match name:
        case ["censored_by" | "no_time", *_]:
            return Standing.CONDUCT
        case ["subjects" | "deaths" | "censored"] | ["risk_table", *_]:
            return _Shown(curve, free=free | _COUNTS)
        case ["curve" | "median"]:
            return _Shown(curve, free=free)
        case ["at", day]:
            return _Shown(curve, day=int(day), free=free)
        case ["follow_up"]:
            return _Shown(_curve("followed_days", "followed", endpoints))
    return None


def _curve(time: str, event: str, endpoints: Endpoints, entry: str | None = None) -> methods.KaplanMeier:
    """The live curve has log-log intervals, and leaves out who has no time."""
    level = endpoints.interval_level
    return methods.KaplanMeier(id="", time=time, event=event, entry=entry, missing="leave-out", level=level)
