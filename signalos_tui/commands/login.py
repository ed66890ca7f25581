"""`signalos login`: a Telegram account lets this console read. What is typed here is no argument, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import getpass
import io
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import segno

from signalos_tui.collect.telegram.asking import connected, who
from signalos_tui.collect.telegram.entering import by_phone, by_qr, shown
from signalos_tui.collect.telegram.logins import Login, open_login
from signalos_tui.commands.places import configuration, data_folder
from signalos_tui.commands.telegram import USUAL, app_of, vault_of
from signalos_tui.errors import OperatorNeeded


def login(name: str, *, qr: bool, config: Path | None, data: Path | None) -> int:
    """Log in. name: how this login is called here. qr: show a code to scan instead of asking for a phone number."""
    table = configuration(config).telegram
    app = app_of(table)
    one = open_login(vault_of(table, data_folder(data)), name, app, "signalos login")
    return asyncio.run(_login(one, qr=qr))


async def _login(login: Login, *, qr: bool) -> int:
    # A login that did not come to its end leaves nothing behind.
    if login.has_key:
        try:
            me = await who(login)
        except BaseException:
            login.close()
            raise
        if me is not None:
            login.close()
            print(f'"{login.name}" is logged in already, as {shown(me)}')
            return 0
        login.begin_anew()
    async with connected(login):
        try:
            talk = Typing()
            me = await (by_qr(login.client, talk) if qr else by_phone(login.client, talk))
        except BaseException:
            login.session.delete()
            raise
        await login.client.get_dialogs()  # where each channel's updates stand, and how to ask for it
    print(f'logged in as {shown(me)}; here this login is "{login.name}"')
    print(f"Next: signalos channels list{'' if login.name == USUAL else f' --login {login.name}'}")
    return 0


class Typing:
    """Whoever sits at the terminal; or lines of the input, where that is none."""

    async def ask(self, question: str, *, is_secret: bool = False) -> str:
        """Asked while the connection waits. Raises OperatorNeeded: the input has ended."""
        reads: Callable[[str], str] = getpass.getpass if is_secret and sys.stdin.isatty() else input
        try:
            return _interruptible(lambda: reads(question))
        except EOFError:
            raise OperatorNeeded("the input ended before the login did", "Run it on a terminal") from None

    def tell(self, text: str) -> None:
        """On the error output, so that it is seen also where the output goes into a file."""
        print(text, file=sys.stderr)

    def show(self, link: str) -> None:
        """A QR code in block characters, dark on light whatever the terminal's colours are."""
        drawn = io.StringIO()
        segno.make(link, error="l", micro=False).terminal(out=drawn, compact=True)
        print(drawn.getvalue())
        print(
            "In Telegram on your phone: Settings, Devices, Link Desktop Device. A new code comes when this one expires."
        )


def _interruptible(read: Callable[[], str]) -> str:
    # The loop's own answer to Ctrl-C is to cancel the task, which does not reach a read that waits.
    if threading.current_thread() is not threading.main_thread():
        return read()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return read()
    finally:
        signal.signal(signal.SIGINT, before)
