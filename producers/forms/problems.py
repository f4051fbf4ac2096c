"""What can be wrong with a document, as values: code, place, and what the study (never the patient) says of it."""

import enum

import msgspec


class Code(enum.StrEnum):
    """One kind of problem. What it means and what to do next is in the catalogs under ``problems``."""

    NOT_JSON = "not-json"
    NOT_UTF8 = "not-utf-8"
    NOT_THIS_MEDIA_TYPE = "not-this-media-type"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    NUL = "nul-character"
    FOREIGN_ORIGIN = "foreign-origin"

    MISSING = "missing"
    MISSING_IN_PART = "missing-in-part"
    UNKNOWN_FIELD = "unknown-field"
    NOT_AN_OBJECT = "not-an-object"
    NOT_A_TEXT = "not-a-text"
    NOT_A_WHOLE_NUMBER = "not-a-whole-number"
    NOT_A_NUMBER = "not-a-number"
    NOT_TRUE_OR_FALSE = "not-true-or-false"
    NOT_ONE_OF = "not-one-of"
    OUT_OF_RANGE = "out-of-range"
    TOO_SMALL = "too-small"
    LENGTH = "length"
    EMPTY = "empty"
    ILL_FORMED = "ill-formed"
    ILL_FORMED_HOSPITAL_NUMBER = "ill-formed-hospital-number"
    ILL_FORMED_SUBJECT = "ill-formed-subject"
    ILL_FORMED_PERSON = "ill-formed-person"
    ILL_FORMED_FORM_ID = "ill-formed-form-id"

    NOT_A_TIME = "not-a-time"
    NOT_AN_INSTANT = "not-an-instant"
    IN_THE_FUTURE = "in-the-future"
    BEFORE_IT_HAPPENED = "before-it-happened"
    IDENTITY_IN_TEXT = "identity-in-text"
    SITE_MISSING = "site-missing"
    NOBODY_NAMED = "nobody-named"
    NOTHING_SAID = "nothing-said"
    UNKNOWN_CRITERION = "unknown-criterion"
    NOT_A_FACT = "not-a-fact"
    REPLACEMENT_OR_VOID = "replacement-or-void"

    FORM_ID_REUSED = "form-id-reused"
    IDENTITY_CONTRADICTION = "identity-contradiction"
    NOT_TAKEN = "not-taken"
    UNAVAILABLE = "unavailable"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """``where`` is a JSON path, "$" for the whole.

    ``allowed``, ``least`` and ``most`` come from the study or the schema; none of them may ever hold what was sent.
    """

    code: Code
    where: str = "$"
    allowed: tuple[str, ...] = ()
    least: str = ""
    most: str = ""


STATUS_BY_CODE = {
    Code.NOT_JSON: 400,
    Code.NOT_UTF8: 400,
    Code.TOO_DEEP: 400,
    Code.NUL: 400,
    Code.FOREIGN_ORIGIN: 403,
    Code.FORM_ID_REUSED: 409,
    Code.IDENTITY_CONTRADICTION: 409,
    Code.TOO_LARGE: 413,
    Code.NOT_THIS_MEDIA_TYPE: 415,
    Code.UNAVAILABLE: 503,
}
"""The HTTP status of a refusal; every code that is not here is about the content: 422."""


def status_of(problems: tuple[Problem, ...]) -> int:
    """The status of an answer that names these problems; the first one that is not about the content decides."""
    return next((STATUS_BY_CODE[problem.code] for problem in problems if problem.code in STATUS_BY_CODE), 422)
