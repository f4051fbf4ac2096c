"""`trialog estimate` as somebody runs it, without a process of its own: the same `main`, arguments and exit codes."""

import contextlib
import io
import sys
from unittest import mock

import msgspec

from trialog.cli import main


class Ended(msgspec.Struct, frozen=True):
    """``code`` is the exit code."""

    code: int
    out: str
    err: str


def estimated(*arguments: str) -> Ended:
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["trialog", "estimate", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
            code: object = 0
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int | None)
    return Ended(code=code or 0, out=out.getvalue(), err=err.getvalue())
