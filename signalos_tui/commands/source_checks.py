"""What `signalos doctor` finds where posts come from: the watched folder, the hooks, and what this machine knows of Telegram."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from signalos_tui.clock import WallClock
from signalos_tui.collect.folder.reading import Survey, survey
from signalos_tui.collect.webhook.server import bound
from signalos_tui.commands.beside import HOOKS, folder_of, hooks_lock, require_folder, token_of
from signalos_tui.commands.checked import Checked
from signalos_tui.config import Config, Webhook
from signalos_tui.errors import SignalOSError
from signalos_tui.held import holder_of
from signalos_tui.link.tls import server_context

OTHERS_MAY_WRITE = 0o022


def source_checks(config: Config, data: Path) -> Iterator[Checked]:
    """Everything that is switched on. Nothing is asked of anybody: no network, no question. data: the data folder."""
    if config.watches_folder:
        yield from _folder(folder_of(config), config.folder.max_mb << 20)
    if config.takes_alerts:
        yield from _webhook(config.webhook, data)
    if config.source.kind == "telegram":  # loads Telethon
        from signalos_tui.commands.telegram_checks import telegram_checks

        yield from telegram_checks(config.telegram, data)


def folder_faults(config: Config) -> Iterator[str]:
    """Why the watched folder cannot be looked at, in the words in which a run refuses to start."""
    if config.watches_folder:
        try:
            require_folder(folder_of(config))
        except SignalOSError as error:
            yield str(error)


def _folder(path: Path, largest: int) -> Iterator[Checked]:
    try:
        require_folder(path)
    except SignalOSError as error:
        yield Checked("folder", False, error.text, error.remedy)
        return
    is_open = bool(path.stat().st_mode & OTHERS_MAY_WRITE)
    seen = f"{path}{': others may write there, and so post' if is_open else ''}"
    yield Checked("folder", not is_open, seen, f"chmod go-w {path}")
    try:
        yield _files(survey(path, largest=largest, now=WallClock().now()))
    except OSError as error:
        yield Checked("folder files", False, f"{path} cannot be read: {error.strerror or error}", "Look at the folder")


def _files(found: Survey) -> Checked:
    newest = "" if found.read == found.files else f"the newest {found.read:,} of "
    seen = f"{newest}{found.files:,} file{'s' * (found.files != 1)} looked at"
    if not found.faults:
        return Checked("folder files", True, f"{seen}, all can be read" if found.files else "none yet")
    name, why = next(iter(found.faults.items()))
    others = f" (and {len(found.faults) - 1:,} more)" if len(found.faults) > 1 else ""
    seen = f"{seen}, {len(found.faults):,} left alone: {name}: {why}{others}"
    return Checked("folder files", False, seen, "Mend them or take them out of the folder")


def _webhook(table: Webhook, data: Path) -> Iterator[Checked]:
    try:
        token = token_of(table, data)
        yield Checked("webhook token", True, "there" if token else "none yet: the first start makes it")
    except SignalOSError as error:
        yield Checked("webhook token", False, error.text, error.remedy)
    if table.certificate:
        yield _tls(table)
    yield _port(table, data)
    if table.allow_from and table.is_local and not table.client_header:
        seen = "allow_from is set, and behind a proxy on this machine every request comes from this machine"
        yield Checked("webhook proxy", False, seen, "Say in client_header where the proxy names the real address")
    if not table.is_local and not table.certificate:
        yield Checked("webhook proxy", True, f"{table.listen} without TLS of its own, behind_proxy says why")


def _tls(table: Webhook) -> Checked:
    try:
        server_context(Path(table.certificate).expanduser(), Path(table.key).expanduser())
    except SignalOSError as error:
        return Checked("webhook TLS", False, error.text, "Name the certificate and its key, both in PEM")
    return Checked("webhook TLS", True, table.certificate)


def _port(table: Webhook, data: Path) -> Checked:
    holder = holder_of(hooks_lock(data / HOOKS))
    if holder:
        return Checked("webhook port", True, f"{table.listen}, taken by {holder}")
    try:
        bound(table.listen).close()
    except SignalOSError as error:
        return Checked("webhook port", False, error.text, error.remedy)
    return Checked("webhook port", True, f"{table.listen} is free, hooks {', '.join(table.hooks)}")
