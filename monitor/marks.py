"""The mark beside an exploratory number, the same on every page, and the sentence where all of them are. Pure."""

from collections.abc import Callable

from markupsafe import Markup, escape

from analytics.prespecified import Prespecification, Prespecified
from monitor.words import Words


class Marks:
    """In one language. Where the study has no plan a page says once that all is exploratory, and marks no number."""

    def __init__(self, is_exploratory: Callable[[str], bool], *, planned: bool, words: Words) -> None:
        self._is_exploratory = is_exploratory
        self._planned = planned
        self._words = words

    @property
    def all_of_it(self) -> str | None:
        """That everything but conduct is exploratory; None for a study with a plan."""
        return None if self._planned else self._words.text("exploratory.all")

    def marks(self, *names: str) -> bool:
        """Whether a number of any of these names carries the mark."""
        return self._planned and any(self._is_exploratory(name) for name in names)

    def of(self, *names: str) -> Markup | None:
        """None where no mark belongs beside these numbers."""
        return self.mark if self.marks(*names) else None

    def beside(self, text: str, *names: str) -> str:
        """The text with the mark behind it where one belongs there."""
        return self.markup(escape(text), *names) if self.marks(*names) else text

    def markup(self, text: Markup, *names: str) -> Markup:
        """`beside`, of what is HTML already."""
        mark = self.of(*names)
        return text if mark is None else text + Markup(" ") + mark

    @property
    def mark(self) -> Markup:
        word, why = self._words.text("exploratory.word"), self._words.text("exploratory.why")
        return Markup('<span class="exploratory" title="{}">{}</span>').format(why, word)

    def in_text(self, text: str, *names: str) -> str:
        """Where nothing but text can stand, such as in a list to choose from."""
        return self._words.text("exploratory.in_text", text=text) if self.marks(*names) else text


def marks_of(told: Prespecification, words: Words) -> Marks:
    """For one snapshot, as a status has it."""
    exploratory = frozenset(told.exploratory)
    return Marks(exploratory.__contains__, planned=told.plan is not None, words=words)


def marks_by(prespecified: Prespecified, words: Words) -> Marks:
    """For numbers of any snapshot."""
    planned = prespecified.plan is not None
    return Marks(lambda name: prespecified.of(name).is_exploratory, planned=planned, words=words)
