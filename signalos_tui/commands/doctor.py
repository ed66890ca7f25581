"""`signalos doctor` and `signalos config check`: what stands in the way, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from signalos_tui.clock import WallClock
from signalos_tui.commands.checked import Checked
from signalos_tui.commands.places import JOURNAL, PAPER, config_file, configuration, data_folder, folders
from signalos_tui.commands.source_checks import folder_faults, source_checks
from signalos_tui.commands.title_checks import title_checks
from signalos_tui.config import Config, SecondReader
from signalos_tui.errors import ConfigInvalid, SignalOSError
from signalos_tui.harmless import one_line

FAULTS_FOUND = 3
ENOUGH_MB = 200


def doctor(*, data: Path | None, config: Path | None, as_json: bool = False, account: str = "") -> int:
    """Look at everything; 3 when something needs the owner. as_json: one object instead of lines.

    account: of several, the journal of this one alone. Raises SourceUnreadable for one there is not.
    """
    folder = data_folder(data)
    journals = [_of(name, check) for name, own in folders(folder, account).items() for check in _journal(own)]
    checks = [*_config(config, folder), *_machine(), *_folder(folder), *journals]
    wrong = sum(not check.ok for check in checks)
    if as_json:
        found = [check._asdict() for check in checks]
        print(json.dumps({"checks": found, "to_mend": wrong}, ensure_ascii=True, indent=2))
        return FAULTS_FOUND if wrong else 0
    for check in checks:
        print(f"{'ok  ' if check.ok else 'MEND'} {one_line(check.what):<14} {one_line(check.seen)}")
        if not check.ok:
            print(f"     {'':<14} -> {one_line(check.remedy)}")
    print(f"{len(checks)} checks, {wrong} to mend")
    return FAULTS_FOUND if wrong else 0


def _of(account: str, check: Checked) -> Checked:
    return check._replace(what=f"{account} {check.what}") if account else check


def check_config(file: Path | None) -> int:
    """Check one file, or the one in use; 3 when a run would refuse or leave something of it out. Raises ConfigInvalid."""
    path = config_file(file)
    config = configuration(file)
    wrong = (*_console_faults(config, data_folder(None)), *_paper_faults(config), *folder_faults(config))
    print(f"{'MEND' if wrong else 'ok'}: {path or 'the defaults'}")
    for line in wrong or _told(config):
        print(f"    {one_line(line)}")
    return FAULTS_FOUND if wrong else 0


def _console_faults(config: Config, folder: Path) -> tuple[str, ...]:
    # Only the console knows its keys and colours; it is looked up here and nowhere else, so that headless never loads it.
    from signalos_tui.ui.faults import faults

    return faults(config, folder)


def _paper_faults(config: Config) -> Iterator[str]:
    # Files of symbols that cannot be used, each once.
    from signalos_tui.commands.terminals import paper_settings

    own = [config.account(name) for name in config.accounts] or [config]
    for one in {each.paper.symbols: each for each in own if each.terminal.kind == "paper"}.values():
        try:
            paper_settings(one)
        except ConfigInvalid as error:
            yield error.text


def _told(config: Config) -> Iterator[str]:
    risk = config.risk
    yield f"risk {risk.value} {'%' if risk.mode in ('equity', 'balance') else ''} {risk.mode} a signal"
    yield f"at most {config.rules.max_open_risk} % at risk, {config.rules.max_daily_loss} % loss a day"
    if config.watches_folder:
        yield f"watches {config.folder.path}"
    if config.takes_alerts:
        yield f"takes alerts on {config.webhook.listen} for {', '.join(config.webhook.hooks)}"
    for name in config.accounts:
        own, routes = config.account(name), config.routes(name)
        where = "on paper" if own.terminal.kind == "paper" else f"on {own.terminal.account}"
        which = f"{len(routes)} channel{'s' * (len(routes) != 1)}" if routes else "every channel"
        yield f"account {name}: {where}, {which}, risk {own.risk.value} {own.risk.mode}{'' if own.enabled else ', off'}"
    yield f"{len(config.channels)} channels, {len(config.symbols)} symbols and {len(config.aliases)} aliases of their own"


def _config(given: Path | None, folder: Path) -> Iterator[Checked]:
    path = config_file(given)
    try:
        config = configuration(given)
    except SignalOSError as error:
        yield Checked("configuration", False, error.text, error.remedy)
        return
    yield Checked("configuration", True, str(path or "defaults"))
    for fault in _console_faults(config, folder):
        yield Checked("console", False, fault, "Correct it in the configuration or its theme file")
    if config.source.kind == "export":
        yield _export(Path(config.source.path).expanduser())
        yield from _prices(config.source.prices)
    yield from source_checks(config, folder)
    if config.second_reader.enabled:
        yield from _second(config.second_reader)
    for fault in _paper_faults(config):
        yield Checked("paper", False, fault, "Mend paper.symbols in the configuration")
    yield from title_checks(config, folder)
    yield from _terminals(config)
    if path is not None and path.stat().st_mode & 0o002:
        yield Checked("permissions", False, f"others may write {path}", f"chmod o-w {path}")


def _export(path: Path) -> Checked:
    is_there = path.is_file() or (path / "result.json").is_file()
    return Checked("source", is_there, f"export {path}", "Set source.path to the export's result.json")


def _terminals(config: Config) -> Iterator[Checked]:
    # Every account that trades on a MetaTrader 5, one after the other.
    from signalos_tui.commands.venue_checks import venue_checks

    for name in config.accounts or ("",):
        own = config.account(name) if name else config
        if own.terminal.kind == "mt5":
            for check in asyncio.run(venue_checks(own, WallClock())):
                yield _of(name, check)


def _second(settings: SecondReader) -> Iterator[Checked]:
    # Asks the server what models it has: whether it is there, takes the key and knows the model. No post is sent.
    from signalos_tui.second import ModelReader
    from signalos_tui.second.failures import Unanswered

    async def reached() -> str:
        reader = ModelReader(settings, jitter=lambda: 0.5)
        try:
            return await reader.check()
        finally:
            await reader.close()

    try:
        yield Checked("second reader", True, asyncio.run(reached()))
    except Unanswered as failure:
        yield Checked("second reader", False, failure.text, failure.remedy)
    file = Path(settings.key_file).expanduser() if settings.key_file else None
    if file is not None and file.is_file() and file.stat().st_mode & 0o077:
        yield Checked("key file", False, f"others may read {file}", f"chmod 600 {file}")


def _prices(files: tuple[str, ...]) -> Iterator[Checked]:
    from signalos_tui.execute.feeds.files import PriceFiles

    if not files:
        return
    try:
        feed = PriceFiles(files)
    except SignalOSError as error:
        yield Checked("prices", False, error.text, error.remedy)
    else:
        yield Checked("prices", True, ", ".join(feed.symbols))


def _machine() -> Iterator[Checked]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Checked("python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    yield Checked("terminal", encoding == "utf8", f"encoding {sys.stdout.encoding}", "Set LANG to a UTF-8 locale")
    if sys.stdout.isatty():
        size = shutil.get_terminal_size()
        fits = size.columns >= 80 and size.lines >= 24
        yield Checked("window", fits, f"{size.columns}x{size.lines}", "The console needs 80x24 to show everything")


def _folder(folder: Path) -> Iterator[Checked]:
    existing = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    if not existing.is_dir():
        yield Checked("data folder", False, str(folder), f"{existing} is not a folder: name another with --data")
    else:
        is_writable = os.access(existing, os.W_OK)
        remedy = f"Make {existing} writable, or name another with --data"
        yield Checked("data folder", is_writable, str(folder), remedy)
    free = shutil.disk_usage(existing).free >> 20
    yield Checked("disk", free >= ENOUGH_MB, f"{free} MB free", f"Free some space: {ENOUGH_MB} MB are the least")


def _journal(folder: Path) -> Iterator[Checked]:
    from signalos_tui.journal.lock import holder_of
    from signalos_tui.journal.verify import verify

    path = folder / JOURNAL
    if not path.exists():
        yield Checked("journal", True, "none yet: the first run makes it")
        return
    try:
        findings = verify(path)
    except SignalOSError as error:
        yield Checked("journal", False, error.text, error.remedy)
        return
    first = findings.findings[0].text if findings.findings else f"{findings.records} records, chain whole"
    yield Checked("journal", findings.ok, first, "signalos journal verify says more; restore the newest whole backup")
    holder = holder_of(path)
    yield Checked("engine", True, f"running: {holder}" if holder else "not running")
    yield Checked("paper account", True, "kept" if (folder / PAPER).exists() else "none yet")
