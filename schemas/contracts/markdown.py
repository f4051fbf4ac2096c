"""The data dictionary in one language, as Markdown."""

import enum
from collections.abc import Iterator, Sequence

import msgspec

from schemas.contracts.described import PUBLISHED, Described, enumerations_of, fields_of, parts_of
from schemas.contracts.texts import Dictionary, FieldText, Words
from schemas.envelope import Envelope
from schemas.events.fact import Fact
from schemas.topics import Topic
from schemas.upcasts import OLD_VERSIONS


def data_dictionary(texts: Dictionary, schemas: str) -> str:
    """The whole document. ``schemas`` is the folder of the JSON Schemas, seen from the document."""
    words = texts.words
    lines = [
        f"# {words.title}",
        words.introduction.strip(),
        f"## {words.contents}",
        "\n".join(_contents(texts)),
        f"## {words.envelope}",
        words.envelope_meaning,
        _table(fields_of(Envelope), texts.envelope, texts),
        *(block for topics in _groups() for block in _group(topics, texts, schemas)),
        f"## {words.parts}",
        *(block for part in parts_of() for block in _part(part, texts)),
        f"## {words.values}",
        *(block for values in enumerations_of() for block in _values(values, texts)),
    ]
    return "\n\n".join(lines) + "\n"


def _groups() -> list[tuple[Topic, ...]]:
    """The sets of topics on which types travel, in the order of the topics; several topics at once come last."""
    sets = {_topics(struct) for struct in PUBLISHED.values()}
    order = list(Topic)
    return sorted(sets, key=lambda topics: (len(topics), order.index(topics[0])))


def _topics(struct: type[Fact]) -> tuple[Topic, ...]:
    return tuple(topic for topic in Topic if topic in struct.TOPICS)


def _title_of(topics: Sequence[Topic]) -> str:
    return ", ".join(topic.value for topic in topics)


def _contents(texts: Dictionary) -> Iterator[str]:
    for topics in _groups():
        types = [type_ for type_, struct in PUBLISHED.items() if _topics(struct) == topics]
        links = ", ".join(f"[{texts.types[type_].name} (`{type_}`)](#{_anchor(type_)})" for type_ in types)
        yield f"- **{_title_of(topics)}**: {links}"


def _group(topics: Sequence[Topic], texts: Dictionary, schemas: str) -> Iterator[str]:
    yield f"## {texts.words.topic}{texts.words.colon}{_title_of(topics)}"
    yield (
        texts.topics[topics[0].value]
        if len(topics) == 1
        else f"{texts.words.topics}{texts.words.colon}{_title_of(topics)}"
    )
    for type_, struct in PUBLISHED.items():
        if _topics(struct) == topics:
            yield from _type(type_, struct, texts, schemas)


def _type(type_: str, struct: type[Fact], texts: Dictionary, schemas: str) -> Iterator[str]:
    told, words = texts.types[type_], texts.words
    yield f'<a id="{_anchor(type_)}"></a>\n\n### {told.name}{words.colon}`{type_}`'
    if type_ in OLD_VERSIONS:
        yield f"*{words.old_version}*"
    yield told.meaning
    yield "\n".join(
        [
            f"- {words.topic}{words.colon}{_title_of(_topics(struct))}",
            f"- {words.happened}{words.colon}{told.happened}",
            f"- {words.schema}{words.colon}[{type_}.json]({schemas}/{type_}.json)",
        ]
    )
    fields = fields_of(struct)
    yield _table(fields, told.fields, texts) if fields else words.no_fields


def _part(part: type[msgspec.Struct], texts: Dictionary) -> Iterator[str]:
    told = texts.parts[part.__name__]
    yield f'<a id="{_anchor(part.__name__)}"></a>\n\n### {part.__name__}'
    yield told.meaning
    yield _table(fields_of(part), told.fields, texts)


def _values(values: type[enum.Enum], texts: Dictionary) -> Iterator[str]:
    told = texts.values[values.__name__]
    yield f'<a id="{_anchor(values.__name__)}"></a>\n\n### {values.__name__}'
    rows = [f"| `{each.value}` | {_cell(told[str(each.value)])} |" for each in values]
    yield "\n".join([f"| {texts.words.value} | {texts.words.meaning} |", "| --- | --- |", *rows])


def _table(fields: Sequence[Described], told: dict[str, FieldText], texts: Dictionary) -> str:
    words = texts.words
    head = [words.field, words.kind, words.unit, words.meaning, words.none]
    rows = [_row(field, told[field.name], texts) for field in fields]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def _row(field: Described, text: FieldText, texts: Dictionary) -> list[str]:
    return [
        f"`{field.name}`",
        _kind(field, texts),
        _cell(text.unit or ""),
        _cell(text.meaning),
        _cell(text.none or texts.words.required),
    ]


def _kind(field: Described, texts: Dictionary) -> str:
    kind = texts.kinds[field.kind.value]
    if field.of is not None:
        kind = f"{kind} [{field.of.__name__}](#{_anchor(field.of.__name__)})"
    kind = _limited(field, kind, texts.words)
    return texts.words.list_of.format(kind=kind) if field.several else kind


def _limited(field: Described, kind: str, words: Words) -> str:
    """The kind with its limits, inclusive ones."""
    if field.pattern is not None:
        return words.of_the_form.format(kind=kind, pattern=_cell(field.pattern))
    if field.least is None and field.most is None:
        return kind
    if field.is_number:
        told = words.at_least if field.most is None else words.between
    else:
        told = words.length_at_most if field.least is None else words.length_between
    return told.format(kind=kind, least=field.least, most=field.most)


def _anchor(name: str) -> str:
    """A name that a link may point at, the same in every language.

    >>> _anchor("subject.died.v2")
    'subject-died-v2'
    """
    return name.lower().replace(".", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
