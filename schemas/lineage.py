"""Every version of every entry: what was sent, what corrections and voids said since, who said it, when, why, and what
came of it. What is superseded stays readable.

It says of each version what `schemas.settlement` made of it; that the two agree is a law in the tests.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Iterator

import msgspec

from schemas.actions import Said, Tree, decided, is_inert, split, target_of, tree_above
from schemas.codec import replacement
from schemas.events import EntryCorrected, EntryVoided, SubjectFacts
from schemas.events.event import Event
from schemas.moments import Moment
from schemas.settlement import Entry, settle


class Verdict(enum.StrEnum):
    """What came of a version. At most one version that has facts is in force in one entry.

    ==============  ===============================================================================================
    in-force        the entry stands so; or a void, by which its target is out
    replaced        a correction of it stands in its place
    outdone         another action on the same target was recorded later
    voided          a void of it is in force
    inert           a correction to another type than the entry's, or of a void: it can change nothing
    moot            an action that speaks of an outdone, inert or moot one
    held            an action that reaches no entry: its target is not here, or it points into a circle
    superseded      it would stand, but a later version of the laboratory's report line is in force
    withdrawn       it would stand, but the laboratory says of it: deleted, wrong or unobtainable
    ==============  ===============================================================================================
    """

    IN_FORCE = "in-force"
    REPLACED = "replaced"
    OUTDONE = "outdone"
    VOIDED = "voided"
    INERT = "inert"
    MOOT = "moot"
    HELD = "held"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said of an entry.

    ``target`` is None for the entry as it was sent, and what the action speaks of for all others. ``facts`` are those
    that it says, None for a void. ``happened`` is the time that it gives the fact, None where it leaves that as it was.
    ``because`` is the id of the event that decided the verdict, None where the version itself did.
    """

    id: str
    target: str | None
    facts: SubjectFacts | None
    happened: Moment | None
    recorded_at: dt.datetime
    actor: str
    actor_role: str
    reason: str | None
    verdict: Verdict
    because: str | None = None


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it stands, and its versions: as sent, then every action in the order of recording."""

    entry: Entry
    versions: tuple[Version, ...]

    def in_force(self) -> Version | None:
        """The version whose facts stand; None where none do."""
        standing = (each for each in self.versions if each.facts is not None and each.verdict is Verdict.IN_FORCE)
        return next(standing, None)


class Lineages(msgspec.Struct, frozen=True, kw_only=True):
    """All entries of a subject in their one order, and the actions that reach none of them, in order of recording."""

    entries: tuple[Lineage, ...]
    held: tuple[Version, ...]

    def versions(self) -> Iterator[Version]:
        for lineage in self.entries:
            yield from lineage.versions
        yield from self.held


def lineages_of(events: Iterable[Event]) -> Lineages:
    """The lineages of one subject's events, or of one cluster's."""
    known = list(events)
    sent, actions_on = split(known)
    settled = settle(known)
    lineages = [_lineage(sent[entry.id], entry, tree_above(sent[entry.id], actions_on)) for entry in settled.entries]
    actions = {action.id: action for on in actions_on.values() for action in on}
    held = sorted((actions[id_] for id_ in settled.held), key=Event.recorded_key)
    return Lineages(entries=tuple(lineages), held=tuple(_version(action, (Verdict.HELD, None)) for action in held))


def _lineage(sent: Event, entry: Entry, tree: Tree) -> Lineage:
    verdicts = _verdicts(sent, tree)
    actions = sorted(tree.actions.values(), key=Event.recorded_key)
    versions = [_version(each, verdicts[each.id]) for each in (sent, *actions)]
    if entry.facts is None:
        versions = [_without_report_line(version, entry) for version in versions]
    return Lineage(entry=entry, versions=tuple(versions))


def _verdicts(sent: Event, tree: Tree) -> dict[str, tuple[Verdict, str | None]]:
    """By id of the entry and of every action above it: what came of it, and the id of what decided that."""
    active = {said.action for says in tree.says.values() for said in says}
    last_on = {target: decided(says) for target, says in tree.says.items()}
    verdicts = {sent.id: _as_a_target(last_on.get(sent.id))}
    for action in tree.actions.values():
        target = target_of(action)
        last = last_on.get(target)
        if verdicts[target][0] in (Verdict.OUTDONE, Verdict.INERT, Verdict.MOOT):
            verdicts[action.id] = (Verdict.MOOT, target)
        elif is_inert(action, sent, tree.actions):
            verdicts[action.id] = (Verdict.INERT, None)
        elif action.id in active and last is not None and last.action != action.id and not _is_void(target, tree):
            verdicts[action.id] = (Verdict.OUTDONE, last.action)
        else:
            verdicts[action.id] = _as_a_target(last_on.get(action.id))
    return verdicts


def _as_a_target(last: Said | None) -> tuple[Verdict, str | None]:
    """What came of an entry, or of an action that nothing else outdid, by what is in force of what is said of it."""
    if last is None:
        return (Verdict.IN_FORCE, None)
    return (Verdict.VOIDED if last.facts is None else Verdict.REPLACED, last.action)


def _is_void(id_: str, tree: Tree) -> bool:
    """Every active void of a void takes it out; none of them outdoes another."""
    return id_ in tree.actions and isinstance(tree.actions[id_].facts, EntryVoided)


def _version(event: Event, verdict: tuple[Verdict, str | None]) -> Version:
    facts, happened, target = _said_by(event)
    return Version(
        id=event.id,
        target=target,
        facts=facts,
        happened=happened,
        recorded_at=event.recorded_at,
        actor=event.actor,
        actor_role=event.actor_role,
        reason=event.reason,
        verdict=verdict[0],
        because=verdict[1],
    )


def _said_by(event: Event) -> tuple[SubjectFacts | None, Moment | None, str | None]:
    """The facts that an event says, the time that it gives them, and the id of what it speaks of."""
    if isinstance(event.facts, EntryCorrected):
        corrected: SubjectFacts = replacement(event.facts)  # type: ignore[assignment]
        return corrected, event.facts.happened, event.facts.target
    if isinstance(event.facts, EntryVoided):
        return None, None, event.facts.target
    sent: SubjectFacts = event.facts  # type: ignore[assignment]
    return sent, event.happened, None


def _without_report_line(version: Version, entry: Entry) -> Version:
    """Where the laboratory's later word took the entry out, the version that would stand does not."""
    if version.facts is None or version.verdict is not Verdict.IN_FORCE:
        return version
    if entry.by == entry.id:
        return msgspec.structs.replace(version, verdict=Verdict.WITHDRAWN)
    return msgspec.structs.replace(version, verdict=Verdict.SUPERSEDED, because=entry.by)
