"""The statistics of a line: the job of the live panel, and the analyses of the study's plan after it."""

from contextlib import ExitStack

from analytics.background import Background
from analytics.job import Job
from schemas.study import StudyDefinition
from trialog.settings import Settings
from trialog.stores import Stores
from trialog.study import load_plan


def open_statistics(stores: Stores, settings: Settings, study: StudyDefinition, until: ExitStack) -> Job:
    """The job, not begun. Without a plan there are no analyses. Raises SettingsError for a plan that is wrong."""
    connect, plan = stores.connect_as("app"), load_plan(settings)
    background = None if plan is None else until.enter_context(Background(connect, study, plan))
    return Job(connect, study, settings.cutoff_on, background=background)
