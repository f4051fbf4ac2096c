"""Trials as the pages meet them, by the real estimators: empty, just begun, under way, complete. Seeded."""

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path

import msgspec

import schemas.studies
from analytics.accrual import accrual_figure
from analytics.estimates import Missing, not_given
from analytics.figures import (
    AtRisk,
    Bounds,
    EnrolmentFigure,
    EvaluableRate,
    FunnelFigure,
    FunnelStep,
    Mortality,
    ResponseFigure,
    ResponseRate,
    SurvivalAt,
    SurvivalFigure,
)
from analytics.plans.plan import Plan
from analytics.prespecified import Prespecified
from analytics.response import exact_proportion
from analytics.snapshot import Snapshot, SnapshotKey, encode_snapshot
from analytics.survival_curve import at_risk_on, deaths_by, kaplan_meier, median, survival_at
from monitor.line import Waiting, judge, worker_seen
from monitor.view import Intake, PartitionLag, Statistics, Status
from projections.rows import LatestEvent
from schemas.study import StudyDefinition, parse_study
from tests.analytics.trials import PLAN

STUDY: StudyDefinition = parse_study((Path(schemas.studies.__file__ or "").parent / "nct06486350.toml").read_bytes())
ZONE = STUDY.tzinfo
NOW = dt.datetime(2025, 12, 1, 9, 31, 30, tzinfo=ZONE)
CUTOFF_ON = dt.date(2025, 11, 30)


def enrolment(enrolled: int, cutoff_on: dt.date = CUTOFF_ON) -> EnrolmentFigure:
    """Subjects spread unevenly from the plan's beginning to the cutoff."""
    dice = random.Random(7)
    length = (cutoff_on - STUDY.enrolment_begins_on).days
    days = sorted(dice.randint(8, length - 4) for _ in range(enrolled))
    on = sorted({STUDY.enrolment_begins_on + dt.timedelta(days=day) for day in days})
    dates = [STUDY.enrolment_begins_on + dt.timedelta(days=day) for day in days]
    return EnrolmentFigure(
        target=STUDY.target,
        enrolled=enrolled,
        last_on=dates[-1] if dates else None,
        last_subject=f"S-{enrolled:03}" if dates else None,
        on=tuple(on),
        cumulative=tuple(sum(each <= date for each in dates) for date in on),
        plan_on=(STUDY.enrolment_begins_on, STUDY.enrolment_ends_on),
        plan=(0, STUDY.target),
    )


def funnel(screened: int, enrolled: int, treated: int, assessed: int) -> FunnelFigure:
    consented = max(screened - 6, enrolled)
    eligible = max(consented - 7, enrolled)
    return FunnelFigure(
        steps=(
            FunnelStep(step="screened", subjects=screened),
            FunnelStep(step="consented", subjects=consented, without=_some(unsigned=screened - consented)),
            FunnelStep(
                step="eligible",
                subjects=eligible,
                without=_some(E2=min(3, consented - eligible), E5=min(2, consented - eligible), open=1)
                if screened
                else {},
            ),
            FunnelStep(step="enrolled", subjects=enrolled, without=_some(waiting=eligible - enrolled)),
            FunnelStep(step="treated", subjects=treated, without=_some(waiting=enrolled - treated)),
            FunnelStep(step="assessed", subjects=assessed, without=_some(died=1, due=treated - assessed - 1)),
        ),
        screen_failures=consented - eligible,
        screened_decided=consented,
        screen_failure_rate=(
            exact_proportion(consented - eligible, consented, 0.95) if consented else not_given(Missing.NOBODY_DECIDED)
        ),
    )


def _some(**without: int) -> dict[str, int]:
    return {why: count for why, count in without.items() if count > 0}


def response(full: int, over: int, counts: dict[str, int], responders: int, pending: int) -> ResponseFigure:
    """``counts`` are the best responses among the ``over`` subjects whose window is over."""
    orr = sum(counts.values())

    def rate(name: str, count: int, certain: int) -> ResponseRate:
        why = Missing.NO_WINDOW_OVER if full else Missing.NOBODY_IN_FULL_SET
        return ResponseRate(
            name=name,
            categories=(name,),
            count=count,
            of=over,
            estimate=exact_proportion(count, over, 0.95) if over else not_given(why),
            bounds=Bounds(
                certain=certain,
                possible=certain + pending,
                of=full,
                lower=certain / full if full else None,
                upper=(certain + pending) / full if full else None,
                missing=None if full else Missing.NOBODY_IN_FULL_SET,
            ),
        )

    extra = responders - orr
    return ResponseFigure(
        window_days=365,
        full=full,
        responders=responders,
        non_responders=full - responders - pending,
        pending=pending,
        assessed=full - pending // 2,
        window_over=over,
        pending_by_best={"NR": pending} if pending else {},
        by_best=dict(counts),
        outside={},
        rates=(
            rate("ORR", orr, responders),
            rate("CR", counts.get("CR", 0), counts.get("CR", 0) + extra * 2 // 3),
            rate("CRi", counts.get("CRi", 0), counts.get("CRi", 0) + extra // 4),
            rate("PR", counts.get("PR", 0), counts.get("PR", 0)),
        ),
        evaluable=EvaluableRate(
            subjects=full,
            count=orr,
            of=over,
            estimate=exact_proportion(orr, over, 0.95) if over else not_given(Missing.NO_WINDOW_OVER),
        ),
        early_deaths=1 if full else 0,
        mortality=tuple(
            Mortality(
                day=day,
                died=1 if full else 0,
                alive=max(full - 1, 0),
                unknown=0,
                not_reached=0,
                count=1 if full else 0,
                of=full,
                estimate=exact_proportion(1, full, 0.95) if full else not_given(Missing.NOBODY_IN_FULL_SET),
            )
            for day in (30, 60)
        ),
        rule_sets={"ELN2022": full} if full else {},
    )


def survival(days: list[int], died: list[bool]) -> SurvivalFigure:
    curve = kaplan_meier(days, died, 0.95)
    nobody = not_given(Missing.NOBODY_ENROLLED)
    return SurvivalFigure(
        origin="enrolment",
        horizon_days=730,
        subjects=len(days),
        deaths=sum(died),
        censored=len(days) - sum(died),
        censored_by={},
        no_time={},
        curve=curve.curve(),
        risk_table=tuple(
            AtRisk(day=day, at_risk=at_risk_on(curve, day), deaths=deaths_by(curve, day))
            for day in (0, 182, 365, 547, 730)
        ),
        median=median(curve) if days else nobody,
        at=tuple(SurvivalAt(day=day, estimate=survival_at(curve, day) if days else nobody) for day in (365, 730)),
        follow_up=nobody,
    )


def follow_up(subjects: int, longest: int = 850) -> tuple[list[int], list[bool]]:
    dice = random.Random(11)
    times = [(min(dice.expovariate(1 / 1500), 9999.0), dice.randint(20, longest)) for _ in range(subjects)]
    return [min(int(death), seen) for death, seen in times], [death <= seen for death, seen in times]


def statistics(snapshot_of: Snapshot, commit: int, plan: Plan | None = PLAN) -> Statistics:
    return Statistics(
        first_commit=max(commit - 12, 1),
        last_commit=commit,
        computed_at=NOW,
        snapshot=snapshot_of,
        prespecification=Prespecified(plan, STUDY.endpoints).of_snapshot(encode_snapshot(snapshot_of)),
    )


def under_the_plan(now: Status, plan: Plan | None) -> Status:
    """The same numbers of a study with this plan."""
    assert now.statistics is not None
    return msgspec.structs.replace(now, statistics=statistics(now.statistics.snapshot, now.commit, plan))


def snapshot(
    enrolled: EnrolmentFigure,
    steps: FunnelFigure,
    responses: ResponseFigure,
    curve: SurvivalFigure,
    cutoff_on: dt.date = CUTOFF_ON,
) -> Snapshot:
    return Snapshot(
        key=SnapshotKey(
            study=STUDY.id,
            endpoint_digest="e" * 64,
            cutoff_on=cutoff_on,
            parameters_digest="a" * 64,
            code_version="rules 1, analytics 1, lifelines 0.30.3, scipy 1.17.1",
        ),
        interval_level=0.95,
        digits=9,
        labels=("not-adjusted-for-repeated-looks",),
        enrolment=enrolled,
        accrual=accrual_figure(enrolled, Decimal("0.5"), cutoff_on),
        funnel=steps,
        response=responses,
        survival=curve,
    )


def _received(minutes_ago: float) -> dt.datetime:
    return NOW - dt.timedelta(minutes=minutes_ago)


def event(
    number: int,
    minutes_ago: float,
    subject: str | None,
    type_: str | None,
    source: str,
    role: str,
    status: str = "accepted",
    reason: str | None = None,
    **detail: str,
) -> LatestEvent:
    return LatestEvent(
        position=f"nct06486350.lab[0]@{number}",
        commit=number,
        received_at=_received(minutes_ago),
        subject=subject,
        type=type_,
        source=source,
        actor_role=role,
        status=status,
        reason=reason,
        detail=tuple(detail.items()),
    )


LATEST = (
    event(
        4213,
        0.4,
        "S-041",
        "lab.result-reported.v1",
        "/hl7/COBAS-E801/FJMUUH",
        "device",
        analyte="il6",
        matrix="marrow-supernatant",
    ),
    event(
        4212, 1, "S-039", "entry.corrected.v1", "/hl7/LIS/FJMUUH", "laboratory", target_type="lab.result-reported.v1"
    ),
    event(4211, 19, "S-033", "marrow.assessed.v1", "/forms/followup", "investigator", blasts="2"),
    event(4210, 20, "S-033", "response.assessed.v1", "/forms/followup", "investigator", category="CRi"),
    event(4209, 36, "S-041", "subject.enrolled.v1", "/forms/enrolment", "nurse"),
    event(4208, 37, "S-012", "subject.contacted-alive.v1", "/forms/followup", "nurse", on="2025-11-30"),
    event(
        4207,
        38,
        "S-041",
        "subject.criterion-assessed.v1",
        "/forms/enrolment",
        "investigator",
        criterion="E4",
        answer="not-met",
    ),
    event(4206, 51, None, None, "", "", status="quarantined", reason="malformed-facts"),
    event(
        4205,
        52,
        "S-039",
        "lab.result-reported.v1",
        "/hl7/BF-6900/FJMUUH",
        "device",
        analyte="platelets",
        matrix="whole-blood",
        value="104",
    ),
    event(
        4204,
        1500,
        "S-040",
        "lab.result-reported.v1",
        "/hl7/BF-6900/FJMUUH",
        "device",
        status="duplicate",
        analyte="anc",
        value="1.2",
    ),
)


def partitions(end: int, next_offset: int, moved_minutes_ago: float = 0.2) -> tuple[PartitionLag, ...]:
    return tuple(
        PartitionLag(
            topic=f"nct06486350.{topic}",
            partition=0,
            next_offset=next_offset if topic == "lab" else 40,
            log_end=end if topic == "lab" else 40,
            moved_at=_received(moved_minutes_ago),
        )
        for topic in ("enrollment", "followup", "lab", "oversight")
    )


def status(
    held: Snapshot | None,
    *,
    commit: int = 4213,
    latest: tuple[LatestEvent, ...] = LATEST,
    waits: int = 0,
    heard: bool = True,
    waiting: Waiting | None = None,
) -> Status:
    seen = NOW - dt.timedelta(seconds=4 if heard else 700)
    workers = tuple(worker_seen(name, "running", seen, NOW) for name in ("worker-1", "worker-2", "analyse"))
    lag = partitions(4300 + waits, 4300)
    return Status(
        study=STUDY.id,
        observed_at=NOW,
        commit=commit,
        committed_at=_received(0.4) if commit else None,
        state_digest="9f3c41d07ab25e6688d1e0c2b4a7f351" * 2 if commit else None,
        subjects=58 if commit else 0,
        chain=None,
        line=judge(lag, workers, log_away_since=None, waiting=waiting, now=NOW),
        statistics=statistics(held, commit) if held else None,
        intake=Intake(
            accepted=4198 if commit else 0,
            repeated=13 if commit else 0,
            quarantined=2 if commit else 0,
            quarantined_by_reason={"malformed-facts": 1, "same-id-other-facts": 1} if commit else {},
            waiting=1 if commit else 0,
            refused=3 if commit else 0,
        ),
        latest=latest,
    )


def under_way() -> Status:
    """41 of 72, as the drawing of the page has it."""
    return status(
        snapshot(
            enrolment(41),
            funnel(58, 41, 39, 36),
            response(39, 24, {"CR": 11, "CRi": 4, "PR": 3}, responders=27, pending=4),
            survival(*follow_up(41)),
        )
    )


def complete() -> Status:
    """All 72, nobody pending."""
    return status(
        snapshot(
            enrolment(72),
            funnel(98, 72, 72, 70),
            response(72, 72, {"CR": 36, "CRi": 9, "PR": 7}, responders=52, pending=0),
            survival(*follow_up(72, longest=1400)),
        )
    )


def just_begun() -> Status:
    """Three enrolled, nobody's year over, no death."""
    cutoff_on = dt.date(2023, 10, 2)
    return status(
        snapshot(
            enrolment(3, cutoff_on),
            funnel(5, 3, 2, 1),
            response(2, 0, {}, responders=1, pending=1),
            survival([71, 40, 12], [False, False, False]),
            cutoff_on,
        ),
        commit=61,
    )


def nobody() -> Status:
    """The job has looked and there is nobody."""
    cutoff_on = STUDY.enrolment_begins_on
    return status(
        snapshot(enrolment_of_nobody(), funnel_of_nobody(), response(0, 0, {}, 0, 0), survival([], []), cutoff_on),
        commit=0,
        latest=(),
    )


def enrolment_of_nobody() -> EnrolmentFigure:
    return msgspec.structs.replace(enrolment(1), enrolled=0, last_on=None, last_subject=None, on=(), cumulative=())


def funnel_of_nobody() -> FunnelFigure:
    steps = ("screened", "consented", "eligible", "enrolled", "treated", "assessed")
    return FunnelFigure(
        steps=tuple(FunnelStep(step=step, subjects=0) for step in steps),
        screen_failures=0,
        screened_decided=0,
        screen_failure_rate=not_given(Missing.NOBODY_DECIDED),
    )


def first_start() -> Status:
    """Nothing was ever written and no worker was ever heard."""
    empty = status(None, commit=0, latest=())
    line = judge((), (), log_away_since=None, waiting=None, now=NOW)
    return msgspec.structs.replace(empty, line=line)
