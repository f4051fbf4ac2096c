"""Which entries moved a number between two positions: asked for one move, computed from the ledger. Part of the shell.

The answer names subjects, so it is recorded as a reading before it is given, like the comparison of the audit.
"""

from collections.abc import Mapping

from analytics.cascade import moved_from
from monitor.audit import addresses, people
from monitor.audit.answers import Audit
from monitor.audit.reader import ROWS_COMPUTED_AT_ONCE_MAX, Connection, blinding_for, counted
from monitor.audit.saying import Saying
from monitor.statistics.history_page import Mover, Movers, is_of_the_plan
from monitor.words import Words
from projections.knowledge import known_at_commit
from projections.recorded import Recorded, positions_of, recorded_at

ENTRIES_MAX = 40
"""How many entries are named; the comparison leads to all of them."""

ENTRIES_JUDGED_MAX = 20
"""Up to how many entries it is computed for each whether it moved the number when it came."""


def movers(connection: Connection, audit: Audit, name: str, before: int, after: int, words: Words) -> Movers:
    """The entries between two commits that moved an endpoint row. Raises UnknownCommit, and Refused unrecorded."""
    first, second = known_at_commit(connection, before), known_at_commit(connection, after)
    audit.recorded("history", None, first, second)
    found = moved_from(connection, audit.study, first, second, audit.reader.cutoff_on)
    of_subject = {origin.event: row.subject for row in found.rows for origin in row.origins}
    judged = (
        not is_of_the_plan(name)
        and len(of_subject) <= ENTRIES_JUDGED_MAX
        and counted(connection).rows <= ROWS_COMPUTED_AT_ONCE_MAX
    )
    entries = _entries(connection, audit, name, of_subject, judged, words)
    cutoffs = None
    if found.cutoff_before_on != found.cutoff_after_on:
        cutoffs = words.text("history.other_cutoff", old=found.cutoff_before_on, new=found.cutoff_after_on)
    return Movers(
        title=words.text("history.moved_title", before=before, after=after),
        entries=tuple(entries),
        cutoffs=cutoffs,
        none=None if entries else words.text("history.moved_by_none"),
        note=words.text("history.moved_judged" if judged else "history.moved_rows", n=len(of_subject)),
        judged=judged,
        more=words.text("history.moved_more", shown=ENTRIES_MAX) if len(of_subject) > ENTRIES_MAX else None,
        compare=addresses.comparison({"before": str(before), "after": str(after)}),
    )


def _entries(
    connection: Connection, audit: Audit, name: str, of_subject: Mapping[str, str], judged: bool, words: Words
) -> list[Mover]:
    """``of_subject`` has by the id of an event whose endpoints it moved."""
    places = positions_of(connection, set(list(of_subject)[:ENTRIES_MAX]))
    records = [each for each in recorded_at(connection, places.values()) if each.event is not None]
    blinding = blinding_for(connection, audit.study, [each.event for each in records if each.event])
    saying = Saying(words, audit.study, blinding)
    made = []
    for each in sorted(records, key=lambda one: (one.commit, one.position.offset)):
        assert each.event is not None
        subject = of_subject[each.event.id]
        made.append(
            Mover(
                subject=subject,
                subject_address=addresses.subject(subject),
                origin=people.origin(
                    each.event, each.position, each.commit, each.committed_at, saying, blinding, audit.study
                ),
                moved=_moved(connection, audit, name, each) if judged else None,
            )
        )
    return made


def _moved(connection: Connection, audit: Audit, name: str, one: Recorded) -> bool:
    assert one.event is not None
    return any(each.name == name for each in audit.reader.moved_by(connection, one.event.id).numbers)
