"""The texts of the forms as they are for one study: its sites, its regimens, what its assessors must not see. Pure."""

from typing import Any

import msgspec

from producers.forms.catalog import Catalog
from schemas.study import StudyDefinition, Text


def of_study(catalog: Catalog, study: StudyDefinition) -> Catalog:
    """The catalog with what the study says filled in; a hint of which the study says nothing is left out."""
    return msgspec.structs.replace(
        catalog,
        texts={
            **catalog.texts,
            "hints": _filled(catalog.texts["hints"], _examples(study)),
            "section_hints": _filled(catalog.texts["section_hints"], _unseen(study, catalog.language)),
            "choices": {
                **catalog.texts["choices"],
                "site": {site.id: f"{site.id} · {_in(site.text, catalog.language)}" for site in study.sites},
            },
        },
    )


def _filled(texts: Any, values: dict[str, dict[str, str]]) -> dict[str, str]:
    """``values`` has, for each text that has places to fill, what belongs there; nothing where the text is left out."""
    return {
        key: text.format(**values[key]) if key in values else text
        for key, text in texts.items()
        if values.get(key, {"": ""})
    }


def _examples(study: StudyDefinition) -> dict[str, dict[str, str]]:
    rule_set = study.response.investigator_rule_set or study.response.rule_set
    return {
        "chemotherapy.regimen": {"regimen": study.treatment.regimens[0]} if study.treatment else {},
        "response.rule_set": {"rule_set": rule_set} if rule_set else {},
    }


def _unseen(study: StudyDefinition, language: str) -> dict[str, dict[str, str]]:
    """Whoever assesses the response must not look at the analytes that the study blinds."""
    names = [_named(_in(each.text, language), language) for each in study.analytes if each.blinded]
    return {"response": {"analytes": ("、" if language == "zh" else ", ").join(names)} if names else {}}


def _named(name: str, language: str) -> str:
    """As it stands within a sentence: in English a name of the beginning of a line loses its capital.

    >>> _named("Interleukin-6", "en"), _named("LDH", "en")
    ('interleukin-6', 'LDH')
    """
    return name[0].lower() + name[1:] if language == "en" and name[1:2].islower() else name


def _in(text: Text, language: str) -> str:
    return text.zh if language == "zh" else text.en
