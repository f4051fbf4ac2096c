"""What the door answers, from what the intake said: status, problems, and how long to wait. Pure."""

import msgspec

from producers.forms.problems import Code, Problem, status_of
from producers.message import Refusal, Unavailable

_KNOWN = {code.value: code for code in Code}


class No(msgspec.Struct, frozen=True, kw_only=True):
    """A negative answer. ``retry_after_seconds`` is None where sending the same again does not help."""

    status: int
    problems: tuple[Problem, ...]
    retry_after_seconds: int | None = None


def no_of(answer: Refusal | Unavailable) -> No:
    """The negative answer to a form."""
    if isinstance(answer, Unavailable):
        return No(
            status=503,
            problems=(Problem(code=Code.UNAVAILABLE),),
            retry_after_seconds=max(1, answer.retry_after_seconds),
        )
    problems = tuple(each for each in answer.details if isinstance(each, Problem))
    if not problems:
        # The intake's own refusals: a code that is known here, or else one that only says that there is no.
        code = _KNOWN.get(answer.problem, Code.NOT_TAKEN)
        problems = (Problem(code=code, where=answer.where or "$"),)
    return No(status=answer.status, problems=problems)


def no_at_the_door(code: Code, *, allowed: tuple[str, ...] = (), most: str = "") -> No:
    """A refusal of a request whose document was not even looked at."""
    problems = (Problem(code=code, allowed=allowed, most=most),)
    return No(status=status_of(problems), problems=problems)
