"""Reads a page as far as the tests need it: its controls with their values, its text, and what describes what."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """``typed`` are the values that the form would send; ``open_parts`` the ids of the titles of unfolded parts."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.language = ""
        self.typed: dict[str, str] = {}
        self.ids: set[str] = set()
        self.described_by: dict[str, str] = {}
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str]] = []
        self.open_parts: set[str] = set()
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = values["lang"]
        if "id" in values:
            assert values["id"] not in self.ids, f"two elements have the id {values['id']}"
            self.ids.add(values["id"])
        if tag == "label" and "for" in values:
            self.labelled.add(values["for"])
        if tag == "details" and "open" in values:
            self.open_parts.add(values["aria-labelledby"])
        if tag in ("input", "select"):
            self.controls.append(values | {"tag": tag})
        if "aria-describedby" in values:
            self.described_by[values["id"]] = values["aria-describedby"]
        if tag == "select":
            self._select = values["name"]
        if tag == "input" and (values.get("type") != "radio" or "checked" in values):
            self.typed[values["name"]] = values.get("value", "")
        if tag == "option" and "selected" in values:
            self.typed[self._select] = values["value"]
