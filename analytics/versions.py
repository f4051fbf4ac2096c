"""The versions that a number depends on: of our rules and estimators, and of the libraries below them."""

import platform
from importlib.metadata import version

from analytics.parameters import ANALYTICS_VERSION
from schemas.rules.endpoints import RULES_VERSION

LIBRARIES = ("lifelines", "numpy", "pandas", "scipy")


def versions() -> dict[str, str]:
    """By name, sorted: what has to be the same for the same bytes."""
    return {
        "analytics": str(ANALYTICS_VERSION),
        **{name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "rules": str(RULES_VERSION),
    }
