"""The two web forms as pages, and the pages that answer them. Pure: from a study, texts and what was typed to HTML."""

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import jinja2
import msgspec

from producers.forms.catalog import LANGUAGES, Catalog, load_catalogs
from producers.forms.filled import field_of
from producers.forms.problems import Problem
from producers.forms.sheets import Sheet, sheets_of
from producers.forms.wording import of_study
from producers.message import Draft
from schemas.events import ChemotherapyBegun, CriterionAssessed
from schemas.study import StudyDefinition

OVERVIEW_PATH = "/"
"""Where the monitor's first page lies in the one application."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A problem in words, at its field; ``field`` is empty where it concerns the whole form."""

    field: str
    what: str
    next: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the page that confirms: what was recorded, when it happened, and the id of the entry."""

    what: str
    happened: str
    entry: str


class Pages:
    """Renders the pages of one study. Building it reads the catalogs and templates of the package."""

    def __init__(self, study: StudyDefinition) -> None:
        self.study = study
        self.sheets = sheets_of(study)
        self.catalogs = {language: of_study(catalog, study) for language, catalog in load_catalogs().items()}
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("producers.forms"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.assets = {
            each.name: each.read_bytes() for each in (resources.files("producers.forms") / "static").iterdir()
        }

    def form(
        self,
        kind: str,
        language: str,
        typed: Mapping[str, str],
        problems: Sequence[Problem] = (),
    ) -> str:
        """The form, with what was typed and what is wrong with it. ``typed`` holds the form's id."""
        sheet, catalog = self.sheets[kind], self.catalogs[language]
        shown = self._shown(problems, sheet, catalog)
        at: dict[str, list[Shown]] = {}
        for each in shown:
            at.setdefault(each.field, []).append(each)
        filled = {name for name, value in typed.items() if value.strip()} | set(at)
        begun = {
            section.words
            for section in sheet.sections
            if not sheet.folded or any(field.name in filled for field in section.fields)
        }
        return self._render("form.html", language, kind, sheet=sheet, typed=typed, shown=shown, at=at, begun=begun)

    def recorded(self, kind: str, language: str, subject: str, site: str, lines: Sequence[Recorded]) -> str:
        """The page that says that the entries are durable in the record. ``site`` is empty where none was asked for."""
        return self._render("recorded.html", language, kind, subject=subject, site=site, lines=lines)

    def waiting(self, kind: str, language: str) -> str:
        """The page that says that the form is kept until its patient has a subject id."""
        return self._render("waiting.html", language, kind)

    def refused(self, kind: str, language: str, problem: Problem) -> str:
        """The page for a request whose fields cannot be shown again."""
        return self._render("refused.html", language, kind, problem=self.catalogs[language].told(problem))

    def lines(self, drafts: Sequence[Draft], event_ids: Sequence[str], language: str) -> list[Recorded]:
        """One line for each draft, in their order."""
        texts = self.catalogs[language]
        return [
            Recorded(what=_named(draft, texts), happened=str(draft.happened)[:16].replace("T", " "), entry=entry)
            for draft, entry in zip(drafts, event_ids, strict=True)
        ]

    def _render(self, template: str, language: str, kind: str, **values: Any) -> str:
        other = LANGUAGES[1 - LANGUAGES.index(language)]
        return self._templates.get_template(template).render(
            study=self.study,
            texts=self.catalogs[language],
            language=language,
            other=other,
            kind=kind,
            title=getattr(self.study.title, language),
            overview=OVERVIEW_PATH,
            **values,
        )

    def _shown(self, problems: Sequence[Problem], sheet: Sheet, catalog: Catalog) -> list[Shown]:
        """In the order of the fields on the page, each said once: one date may stand for nine answers."""
        order: list[str] = []
        for section in sheet.sections:
            order += [field.name for field in section.fields]
            if section.is_criteria:
                order += [
                    f"criteria.{each.id}.{part}" for each in self.study.criteria for part in ("answer", "evidence")
                ]
        found: dict[Shown, None] = {}
        for problem in problems:
            told = catalog.told(problem)
            told["next"] = catalog.texts["page_next"].get(told["code"], told["next"])
            found[Shown(field=field_of(problem, sheet, self.study), what=told["what"], next=told["next"])] = None
        return sorted(found, key=lambda each: order.index(each.field) if each.field else -1)


def _named(draft: Draft, texts: Catalog) -> str:
    """What was recorded, without its value: the page may stay open on a screen that others see."""
    name = texts.text("entries", draft.facts.TYPE)
    match draft.facts:
        case CriterionAssessed(criterion=criterion):
            return f"{name} · {criterion}"
        case ChemotherapyBegun(course=course):
            return f"{name} · {course}"
        case _:
            return name
