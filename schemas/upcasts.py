"""How an old version of a type becomes the newest. Every version that was ever in a log stays readable for ever.

An upcast takes the old payload's bytes and gives the newest type's tag with its facts; it raises msgspec's errors where
the payload is not of its own version. The structs of old versions stand here and nowhere else.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import ClassVar

import msgspec

from schemas.events import Facts, SubjectDied
from schemas.events.fact import Fact
from schemas.events.followup import FOLLOWUP, Cause, Certainty
from schemas.topics import Topic

Upcast = Callable[[bytes], tuple[str, Facts]]


class SubjectDiedV1(Fact, frozen=True, kw_only=True):
    """Happened: the day of death. How certain that day is was not asked."""

    TYPE: ClassVar[str] = "subject.died.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    cause: Cause


_died_v1 = msgspec.json.Decoder(SubjectDiedV1)


def _subject_died_v1(payload: bytes) -> tuple[str, Facts]:
    old = _died_v1.decode(payload)
    return SubjectDied.TYPE, SubjectDied(cause=old.cause, certainty=Certainty.NOT_ASKED)


OLD_VERSIONS: MappingProxyType[str, type[Fact]] = MappingProxyType({SubjectDiedV1.TYPE: SubjectDiedV1})
"""The struct of every version that is no longer written, by its tag."""

UPCASTS: MappingProxyType[str, Upcast] = MappingProxyType({SubjectDiedV1.TYPE: _subject_died_v1})
