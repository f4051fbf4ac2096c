"""The doors: the intake with its spool, and the HL7 listener in a thread of its own."""

import asyncio
import datetime as dt
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from producers.forms.translation import doors as form_doors
from producers.hl7.listener import KIND, Listener
from producers.hl7.translation import translation
from producers.intake import Intake
from producers.register import Register
from producers.spool import Spool
from schemas.study import StudyDefinition
from trialog.door_requests import Desk
from trialog.errors import NotReachable
from trialog.keys import door_keys
from trialog.running import running
from trialog.settings import Address, Settings
from trialog.stores import Stores

START_SECONDS_MAX = 30.0


def clock() -> dt.datetime:
    """The doors' clock: now, in UTC."""
    return dt.datetime.now(dt.UTC)


def open_intake(stores: Stores, settings: Settings, study: StudyDefinition, spool: str, until: ExitStack) -> Intake:
    """The intake over its spool, a folder of this name beside the data; all of it is closed when ``until`` is."""
    keys = door_keys(settings)
    appender = stores.appender()
    until.callback(appender.close)
    register = Register(stores.connect_as("intake"), keys.identity)
    until.callback(register.close)
    folder = spool_folder(settings, spool)
    spooled = Spool(folder, keys.spool)
    until.callback(spooled.close)
    intake = Intake(
        spool=spooled,
        register=register,
        appender=appender,
        study=study,
        doors={KIND: translation(study), **form_doors(study)},
    )
    until.enter_context(intake)
    # A command that finds this spool open asks here. Where this thread dies, the log says so and commands time out.
    until.enter_context(running(Desk(intake, folder, study).run, f"requests to {spool}", lambda _: None))
    return intake


def spool_folder(settings: Settings, spool: str) -> Path:
    return settings.data_dir / "spool" / spool


class HL7Door:
    """The listener in an event loop and thread of its own."""

    def __init__(self, intake: Intake, study: StudyDefinition, address: Address) -> None:
        self._listener = Listener(intake, study=study, clock=clock, host=address.host, port=address.port)
        self._wanted = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hl7 door", daemon=True)

    @property
    def address(self) -> Address:
        """Where it listens, with the real port."""
        return Address(*self._listener.address)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listener.start(), self._loop).result(START_SECONDS_MAX)
        except OSError as error:
            self._end_thread()
            raise NotReachable(f"the HL7 door cannot listen on {self._wanted}: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._listener.stop(), self._loop).result()
        self._end_thread()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
