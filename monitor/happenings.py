"""What an event of the log says, in one line of words.

Blinding: whoever assesses the response must not see interleukin-6. A result's value is said only where the study
definition knows the analyte and does not blind it; everything else is "value blinded", whatever the event carries.
"""

from monitor.words import Words
from projections.rows import LatestEvent
from schemas.study import Analyte, StudyDefinition

_UNIT_WORDS = {"10*9/L": "10⁹/L"}


def what(event: LatestEvent, study: StudyDefinition, words: Words) -> str:
    """The event's name and what it says beyond that; for a record that is no event, that it is unreadable."""
    if event.type is None:
        return words.text("events.unknown")
    said = dict(event.detail)
    if "analyte" in said:
        return _result(said, study, words)
    key = event.type.rpartition(".v")[0].replace(".", "-")
    name = words.text_or_key("events", key)
    details = _details(said, words)
    return f"{name}{_colon(words)}{details}" if details else name


def outcome(event: LatestEvent, words: Words) -> str | None:
    """What became of the record where it was not simply accepted."""
    if event.status == "quarantined":
        return words.text("latest.quarantined", reason=words.text_or_key("reasons", event.reason or "unknown"))
    if event.status == "duplicate":
        return words.text("latest.duplicate")
    return None


def source(event: LatestEvent, words: Words) -> str:
    """Who sent it: a form by the role that filled it in, anything else by its own name. None of it is a patient's."""
    role = words.text_or_key("roles", event.actor_role) if event.actor_role else ""
    parts = [part for part in (event.source or "").split("/") if part]
    if not parts:
        return role
    if parts[0].startswith("form"):
        return " · ".join(each for each in (words.text("roles.form"), role) if each)
    return " · ".join(each for each in (words.text_or_key("roles", parts[0]), *parts[1:2]) if each)


def _result(said: dict[str, str], study: StudyDefinition, words: Words) -> str:
    analyte = study.analyte(said["analyte"])
    matrix = said.get("matrix", "unknown")
    name = said["analyte"] if analyte is None else _named(analyte, words)
    if matrix not in ("unknown", "whole-blood"):
        of = words.text_or_key("details", matrix)
        name = f"{name}（{of}）" if words.language == "zh" else f"{name} in {of}"
    if analyte is None or analyte.blinded:
        return f"{name}{_comma(words)}{words.text('details.blinded')}"
    unit = _UNIT_WORDS.get(analyte.unit, analyte.unit)
    value = said.get("value")
    return f"{name} {value} {unit}" if value else name


def _named(analyte: Analyte, words: Words) -> str:
    return analyte.text.zh if words.language == "zh" else analyte.text.en


def _details(said: dict[str, str], words: Words) -> str:
    parts = []
    if "criterion" in said:
        parts.append(f"{said['criterion']} {words.text_or_key('details', said.get('answer', 'unknown'))}")
    if "course" in said:
        parts.append(words.text("details.course", n=said["course"]))
    if "blasts" in said:
        parts.append(words.text("details.blasts", value=said["blasts"]))
    if "category" in said:
        parts.append(words.text_or_key("details", said["category"]))
    if "matrix" in said:
        parts.append(words.text_or_key("details", said["matrix"]))
    if "target_type" in said:
        parts.append(words.text_or_key("events", said["target_type"].rpartition(".v")[0].replace(".", "-")))
    if "problem" in said:
        parts.append(said["problem"])
    if "on" in said:
        parts.append(words.text("details.on", on=said["on"]))
    return _comma(words).join(parts)


def _colon(words: Words) -> str:
    return "：" if words.language == "zh" else ": "


def _comma(words: Words) -> str:
    return "，" if words.language == "zh" else ", "
