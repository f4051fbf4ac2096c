"""The versions that a number depends on: of our rules and estimators, and of what they run on."""

import platform
from importlib.metadata import version

from schemas.rules.endpoints import RULES_VERSION
from schemas.subject import FOLD_VERSION

ANALYTICS_VERSION = 4
"""Raised whenever the same rows and parameters may give other bytes."""

LIBRARIES = ("lifelines", "numpy", "pandas", "scipy")


def versions() -> dict[str, str]:
    """By name: what has to be the same for the same bytes."""
    return {
        "rules": str(RULES_VERSION),
        "fold": str(FOLD_VERSION),
        "analytics": str(ANALYTICS_VERSION),
        "Python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }
