"""Looks at a scenario in a living terminal, or as a picture.

python -m tests.scenarios.show [NAME] [--theme THEME] [--svg FILE --size 120x40 --press KEYS]
"""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.commands.demo import ACCOUNTS
from signalos_tui.config import Config, Console
from signalos_tui.control import RecordedControl
from signalos_tui.ui.app import ConsoleApp
from tests.scenarios import clock_of, load
from tests.ui.learnt import ANSWERS
from tests.ui.telegrams import FLOODED, MAIN, REVOKED, Telegram

FLEET = "fleet"
"""The scenario of several accounts: a file for each."""
TELEGRAM = "telegram"
"""The recorded desk beside a messenger with three logins."""


def app_of(name: str, theme: str = "signalos-dark") -> ConsoleApp:
    """The console on a recorded desk, at the moment it ends."""
    config = Config(console=Console(theme=theme))
    if name == FLEET:
        fleet = {account: load(f"{FLEET}-{account}") for account in ACCOUNTS}
        clock = clock_of(max(fleet.values(), key=lambda records: records[-1].at))
        controls = {account: RecordedControl(records) for account, records in fleet.items()}
        return ConsoleApp(controls, replace(config, accounts=ACCOUNTS), clock=clock)
    records = load("desk" if name == TELEGRAM else name)
    control = RecordedControl(records, **(ANSWERS if name == "desk" else {}))
    directory = Telegram((MAIN, FLOODED, REVOKED)) if name == TELEGRAM else None
    return ConsoleApp(control, config, clock=clock_of(records), directory=directory)


def without_hosts(svg: str) -> str:
    """A picture that draws with the fonts of whoever looks at it, and asks no foreign host for them."""
    return re.sub(r"[ \t]*(?:@font-face \{.*?\}|<!--.*?-->)\n", "", svg, flags=re.DOTALL)


async def picture(app: ConsoleApp, size: tuple[int, int], press: list[str], notices: bool = True) -> str:
    """The screen as an SVG after some keys."""
    async with app.run_test(size=size, notifications=notices) as pilot:
        await pilot.pause()
        await pilot.press(*press)
        await pilot.pause()
        return without_hosts(app.export_screenshot())


def main() -> None:
    """Read the arguments, show the desk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="desk")
    parser.add_argument("--theme", default="signalos-dark")
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--press", default="")
    options = parser.parse_args()
    app = app_of(options.name, options.theme)
    if options.svg is None:
        app.run()
        return
    width, height = (int(part) for part in options.size.split("x"))
    options.svg.write_text(asyncio.run(picture(app, (width, height), options.press.split())), encoding="utf-8")


if __name__ == "__main__":
    main()
