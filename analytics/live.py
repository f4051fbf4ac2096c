"""The live panel, kept up to date subject by subject: what one entry can move is computed again, and nothing else.

Each figure is a function of tallies, and a changed subject is taken out of them and put in again. The continuous job
goes on with one panel; whoever computes anew, from the ledger or for a test, fills an empty one: the same path, and so
the same bytes.
"""

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from analytics.accrual import accrual_figure
from analytics.enrolment import EnrolmentTally, FunnelTally
from analytics.parameters import code_version, parameters_digest, parameters_of
from analytics.response import ResponseTally
from analytics.rounding import Figure, rounded
from analytics.snapshot import NOT_ADJUSTED, Snapshot, SnapshotKey
from analytics.survival import SurvivalTally
from analytics.tally import move
from schemas.rules.endpoint_digest import RowDigests
from schemas.rules.endpoints import RULES_VERSION, EndpointRow, endpoint_of
from schemas.rules.lasting import next_change_on
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition


class Tallies:
    """The sums over endpoint rows of which all live figures are made."""

    def __init__(self, study: StudyDefinition) -> None:
        self.parameters = parameters_of(study)
        self._parameters_digest = parameters_digest(self.parameters)
        self._digests = RowDigests(RULES_VERSION)
        self._enrolment = EnrolmentTally(self.parameters)
        self._funnel = FunnelTally(self.parameters)
        self._response = ResponseTally(self.parameters)
        self._survival = SurvivalTally(self.parameters)
        self._figures: dict[str, tuple[object, msgspec.Struct]] = {}

    def replace(self, old: EndpointRow | None, new: EndpointRow | None) -> None:
        """Takes out a row that was put in, and puts in another one of the same subject; None is no row."""
        if new is not None:
            self._digests.put(new.subject, new)
        elif old is not None:
            self._digests.remove(old.subject)
        for tally in (self._enrolment, self._funnel, self._response, self._survival):
            tally.replace(old, new)

    def snapshot(self, cutoff_on: dt.date) -> Snapshot:
        """All figures at this cutoff, which must be that of the rows. A figure whose tally stands is not drawn anew."""
        enrolment = self._current("enrolment", self._enrolment.moves, self._enrolment.figure)
        weight, digits = self.parameters.accrual_prior_weight, self.parameters.digits
        moves = (self._enrolment.moves, cutoff_on)
        return Snapshot(
            key=SnapshotKey(
                study=self.parameters.study,
                endpoint_digest=self._digests.digest(),
                cutoff_on=cutoff_on,
                parameters_digest=self._parameters_digest,
                code_version=code_version(),
            ),
            interval_level=self.parameters.level,
            digits=self.parameters.digits,
            labels=(NOT_ADJUSTED,),
            enrolment=enrolment,
            accrual=self._current(
                "accrual", moves, lambda: rounded(accrual_figure(enrolment, weight, cutoff_on), digits)
            ),
            funnel=self._current("funnel", self._funnel.moves, self._funnel.figure),
            response=self._current("response", self._response.moves, lambda: rounded(self._response.figure(), digits)),
            # Rounds its own curve, of which all its other numbers are read; the funnel, its one rate.
            survival=self._current("survival", self._survival.moves, self._survival.figure),
        )

    def _current(self, name: str, moves: object, figure: Callable[[], Figure]) -> Figure:
        """The figure as of so many moves of its tally, drawn anew where it is of fewer."""
        kept = self._figures.get(name)
        if kept is None or kept[0] != moves:
            kept = (moves, figure())
            self._figures[name] = kept
        return kept[1]  # type: ignore[return-value]


class LivePanel:
    """``explicit_on`` is the data cutoff at which the timelines given are cut, None for the default one."""

    def __init__(self, study: StudyDefinition, explicit_on: dt.date | None) -> None:
        self._study = study
        self._explicit_on = explicit_on
        self._timelines: dict[str, Timeline] = {}
        self._rows: dict[str, EndpointRow] = {}
        self._tallies = Tallies(study)
        self._latest: Counter[dt.date] = Counter()
        self._latest_on: dt.date | None = None
        self._cutoff_on: dt.date | None = None
        self._due: list[tuple[dt.date, str]] = []
        self._due_on: dict[str, dt.date] = {}

    @property
    def rows(self) -> Mapping[str, EndpointRow]:
        """By subject, at the cutoff."""
        return self._rows

    @property
    def cutoff_on(self) -> dt.date:
        """The explicit data cutoff, else the last date on which any fact in force happened. It is never "today".

        Where there is no fact yet it is the first day of the study's enrolment.
        """
        if self._explicit_on is not None:
            return self._explicit_on
        return self._latest_on or self._study.enrolment_begins_on

    def take(self, changed: Mapping[str, Timeline], gone: Iterable[str] = ()) -> None:
        """Takes the timelines of the subjects that changed, and forgets those that are ``gone``."""
        for subject in gone:
            self._forget(subject)
        before = {subject: self._timelines.get(subject) for subject in changed}
        for subject, timeline in changed.items():
            self._count_latest(timeline, 1)
            self._count_latest(before[subject], -1)
            self._timelines[subject] = timeline
        for subject in self._judged_anew(changed):
            self._judge(subject, before.get(subject, self._timelines[subject]))

    def snapshot(self) -> Snapshot:
        return self._tallies.snapshot(self.cutoff_on)

    def _judged_anew(self, changed: Mapping[str, Timeline]) -> Iterable[str]:
        """Whose row may be another one: who changed, and whom the cutoff, where it moved, has reached."""
        before, self._cutoff_on = self._cutoff_on, self.cutoff_on
        if before is None or self._cutoff_on < before:
            # The last fact of all was taken back. Rows are not kept by cutoff, so everybody is judged again.
            self._due.clear()
            self._due_on.clear()
            return list(self._timelines)
        due = set(changed)
        while self._due and self._due[0][0] <= self._cutoff_on:
            on, subject = heapq.heappop(self._due)
            # Since it was noted, another entry may have moved the day, or the subject may be gone.
            if self._due_on.get(subject) == on:
                del self._due_on[subject]
                due.add(subject)
        return due

    def _judge(self, subject: str, before: Timeline | None) -> None:
        """``before`` is the timeline that was judged last, None for a subject without a row yet."""
        assert self._cutoff_on is not None
        timeline, old = self._timelines[subject], self._rows.get(subject)
        row = endpoint_of(timeline, self._study, self._cutoff_on, (before, old) if before and old else None)
        if row != old:
            self._tallies.replace(old, row)
            self._rows[subject] = row
        again_on = next_change_on(timeline, self._study, self._cutoff_on) if self._explicit_on is None else None
        if again_on is None:
            self._due_on.pop(subject, None)
        elif self._due_on.get(subject) != again_on:
            self._due_on[subject] = again_on
            heapq.heappush(self._due, (again_on, subject))

    def _forget(self, subject: str) -> None:
        self._count_latest(self._timelines.pop(subject), -1)
        self._tallies.replace(self._rows.pop(subject), None)
        self._due_on.pop(subject, None)

    def _count_latest(self, timeline: Timeline | None, subjects: int) -> None:
        """Only where nobody is left at the last date of all are the others looked through for it."""
        if timeline is None or timeline.latest_on is None:
            return
        on = timeline.latest_on
        move(self._latest, on, subjects)
        if self._latest_on is None or on > self._latest_on:
            self._latest_on = on
        elif on == self._latest_on and on not in self._latest:
            self._latest_on = max(self._latest, default=None)
