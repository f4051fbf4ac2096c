"""The MLLP listener: sockets, and nothing of what a message means.

One message of a connection after the other: an answer belongs to the message before it. Where the log is away there is
no answer at all, and the listener goes on reading: what a sender does not wait for is spooled all the same.
"""

import asyncio
import datetime as dt
import itertools
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import structlog

from producers.hl7.answers import answer_to
from producers.hl7.framing import END, VT, CutShort, Deframer, Frame, Framed, TooLarge
from producers.hl7.problems import Problem, refusal
from producers.intake import Intake
from producers.message import Accepted, Refusal, Unavailable
from schemas.study import StudyDefinition

KIND = "hl7"
PIECE_BYTES = 65_536
CONNECTIONS_MAX = 100
THREADS = 8

# A frame that was begun must end in this time; between frames an analyser may be silent for days.
FRAME_SECONDS_MAX = 60.0
# A sender that does not take its answer in this time is gone.
ANSWER_SECONDS_MAX = 30.0
# What is under way when the listener stops may take this long.
STOP_SECONDS_MAX = 20.0

log = structlog.get_logger()

Clock = Callable[[], dt.datetime]


class Listener:
    """Listens on one address. Use it within one event loop: `start`, then `stop`, or as an async context."""

    def __init__(
        self,
        intake: Intake,
        *,
        study: StudyDefinition,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        frame_seconds_max: float = FRAME_SECONDS_MAX,
    ) -> None:
        """``study`` names the sites, for MSH-4 of answers; ``clock`` gives the time for their MSH-7."""
        self._intake = intake
        self._study = study
        self._clock = clock
        self._host = host
        self._port = port
        self._frame_seconds_max = frame_seconds_max
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hl7")
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._answers = itertools.count(1)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; the port is the real one also where 0 was asked for."""
        assert self._server is not None, "start the listener first"
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def start(self) -> None:
        """Raises OSError where the address is taken."""
        self._server = await asyncio.start_server(self._connected, self._host, self._port, limit=PIECE_BYTES)
        log.info("hl7 door open", host=self.address[0], port=self.address[1])

    async def stop(self) -> None:
        """Takes no new connection, ends idle ones, and waits until what is under way has its answer."""
        assert self._server is not None, "start the listener first"
        self._stopping = True
        self._server.close()
        for task in self._connections - self._busy:
            task.cancel()
        if self._connections:
            _, late = await asyncio.wait(self._connections, timeout=STOP_SECONDS_MAX)
            for task in late:
                # Its message is spooled: it is published without an answer, or after the next start.
                task.cancel()
            if late:
                await asyncio.wait(late)
        self._threads.shutdown(wait=False)
        log.info("hl7 door closed")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._stopping or len(self._connections) >= CONNECTIONS_MAX:
            log.warning("hl7 connection turned away", connections=len(self._connections))
            writer.close()
            return
        self._connections.add(task)
        _keep_alive(writer)
        deframer = Deframer()
        try:
            await self._converse(reader, writer, deframer, task)
        except (ConnectionError, TimeoutError) as error:
            log.info("hl7 connection lost", error=type(error).__name__)
        except asyncio.CancelledError:
            # Only `stop` cancels; the task ends here, so nothing is left to tell about it.
            log.info("hl7 connection ended by the stop of the door")
        finally:
            self._connections.discard(task)
            if deframer.junk_bytes:
                log.warning("bytes between hl7 frames", count=deframer.junk_bytes)
            writer.close()

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        deframer: Deframer,
        task: asyncio.Task[None],
    ) -> None:
        loop = asyncio.get_running_loop()
        frame_ends_by: float | None = None
        while not self._stopping:
            try:
                async with asyncio.timeout_at(frame_ends_by):
                    piece = await reader.read(PIECE_BYTES)
            except TimeoutError:
                piece = b""
            found: list[Framed] = deframer.feed(piece)
            if not piece and (cut := deframer.cut()) is not None:
                found.append(cut)
            self._busy.add(task)
            try:
                for framed in found:
                    await self._answer(framed, writer)
            finally:
                self._busy.discard(task)
            if not piece:
                return
            if not deframer.inside:
                frame_ends_by = None
            elif frame_ends_by is None or found:
                frame_ends_by = loop.time() + self._frame_seconds_max

    async def _answer(self, framed: Framed, writer: asyncio.StreamWriter) -> None:
        match framed:
            case Frame(content=content):
                said = await asyncio.get_running_loop().run_in_executor(self._threads, self._intake.take, KIND, content)
                if isinstance(said, Unavailable):
                    return
                await self._send(content, said, writer)
            case TooLarge(head=head):
                log.warning("hl7 message too large")
                await self._send(head, refusal(Problem.TOO_LARGE, None), writer)
            case CutShort(head=head):
                log.warning("hl7 frame cut short")
                await self._send(head, refusal(Problem.FRAME_CUT_SHORT, None), writer)

    async def _send(self, raw: bytes, said: Accepted | Refusal, writer: asyncio.StreamWriter) -> None:
        control_id = f"{next(self._answers):020d}"
        answer = answer_to(raw, said, study=self._study, at=self._clock(), control_id=control_id)
        writer.write(VT + answer + END)
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            await writer.drain()


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """An analyser that lost its power says no good-bye; the kernel finds out within some minutes."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
