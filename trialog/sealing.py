"""Puts the signer together: the keys, and the places outside that the settings name."""

from projections.seals.keeper import Often, SealKeeper
from projections.seals.object_store import ObjectPlace
from projections.seals.outside import FolderPlace, Place
from projections.seals.sealer import Sealer
from schemas.study import StudyDefinition
from trialog.seal_keys import SealKeys
from trialog.settings import Settings
from trialog.stores import Stores


def open_sealer(stores: Stores, settings: Settings, study: StudyDefinition, *, after_lost_key: bool = False) -> Sealer:
    """A signer as the role ``app``. It asks for the keys at each seal: a new one signs without a restart."""
    keys = SealKeys(settings, study)
    return Sealer(stores.connect_as("app"), keys.signing, places(stores, settings), after_lost_key=after_lost_key)


def open_keeper(stores: Stores, settings: Settings, study: StudyDefinition) -> SealKeeper:
    """What seals from time to time, with a signer of its own."""
    often = Often(commits=settings.seal_commits, minutes=settings.seal_minutes)
    return SealKeeper(stores.connect_as("app"), open_sealer(stores, settings, study), often)


def places(stores: Stores, settings: Settings) -> list[Place]:
    """Every place outside the database that the settings name: a folder at least."""
    found: list[Place] = [FolderPlace(folder) for folder in settings.seal_folders]
    if settings.seal_store is not None:
        found.append(ObjectPlace(settings.seal_store))
    if settings.seal_topic is not None:
        from trialog.seal_topic import TopicPlace  # here, because Kafka's client takes its time to load

        assert stores.kafka is not None, "TRIALOG_KAFKA is demanded of this setting"
        found.append(TopicPlace(stores.kafka, settings.seal_topic))
    return found
