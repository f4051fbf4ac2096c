"""What the audit's pages are given: who is recorded as reading them, what may be taken away, and the archive."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import IO

from monitor.audit.answers import Audit
from projections.export.archive import write_export
from projections.seals.errors import NotSealed
from projections.seals.reading import latest_seal
from projections.verifying.carried_on import ChainSeen
from schemas.study import StudyDefinition
from trialog.access import opened_access
from trialog.exports import enclosures
from trialog.seal_keys import SealKeys
from trialog.settings import Settings
from trialog.stores import Stores
from trialog.study import own_plan


def open_audit(
    stores: Stores, settings: Settings, study: StudyDefinition, seen: Callable[[], ChainSeen | None], until: ExitStack
) -> Audit:
    """``seen`` gives what the last verification of the chain came to. Raises LogUnavailable where the settings name no
    way to the log: an access could not be recorded, and SettingsError for a plan that is wrong."""
    access = until.enter_context(opened_access(stores, settings, study))
    return Audit(
        stores.connect_as("read"),
        study,
        record=access.record,
        cutoff_on=settings.cutoff_on,
        verified=seen,
        sees_everything=settings.sees_values,
        export=lambda to: _export(to, stores, settings, study),
        plan=own_plan(settings),
    )


def _export(to: IO[bytes], stores: Stores, settings: Settings, study: StudyDefinition) -> int:
    """Writes the archive up to the last seal, as `trialog ledger export` does. Raises NotSealed."""
    keys = SealKeys(settings, study).there()
    with closing(stores.connect_as("read")()) as connection:
        seal = latest_seal(connection)
        if seal is None:
            raise NotSealed("nothing is sealed yet, and an export ends at a seal")
        enclosed = enclosures(connection, seal, settings, study, signed=bool(keys))
        return write_export(connection, to, seal, enclosed, keys).rows
