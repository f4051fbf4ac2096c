"""The door for forms: JSON documents over HTTP, and two web forms in both languages."""

from producers.forms.door import routes
from producers.forms.translation import doors

__all__ = ["doors", "routes"]
