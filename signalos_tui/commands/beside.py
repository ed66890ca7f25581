"""What a run reads beside its `[source]`, or instead of one: a watched folder, and the hooks that alerts are posted to.

The hooks are one server for all accounts, with what they take in one place; it listens from before the first engine starts until
after the last one has ended, so no alert meets a closed door while a terminal is waited for. A folder is looked at by each
account for itself. Every account reads at its own pace, cut to its routes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from signalos_tui.clock import Clock
from signalos_tui.collect.folder.source import FolderSource
from signalos_tui.collect.routed import Routed, among
from signalos_tui.collect.source import MessageSource
from signalos_tui.collect.webhook.answering import Doorman, Rules
from signalos_tui.collect.webhook.letterbox import Letterbox
from signalos_tui.collect.webhook.server import Server, bound
from signalos_tui.collect.webhook.source import WebhookSource, channel_of
from signalos_tui.commands.places import JOURNAL, account_folder
from signalos_tui.config import Config, Webhook
from signalos_tui.errors import OperatorNeeded, SourceUnreadable
from signalos_tui.held import FileLock, Held
from signalos_tui.journal.queries import cursors
from signalos_tui.link.secret import Secret, make_token, read_secret
from signalos_tui.link.tls import server_context
from signalos_tui.logs import logger

HOOKS, DROPPED, TOKEN = "hooks", "dropped", "token"
"""In the data folder: what alerts say, what a folder's posts are numbered, and in the first of them the token."""
SHORTEST_TOKEN = 24

_log = logger("signalos.webhook")


class Beside:
    """The folder and the hooks of a run. address: where alerts are posted, "" where none are taken."""

    def __init__(self, config: Config, data: Path, clock: Clock, holder: str) -> None:
        """Raises OperatorNeeded: the folder is not there, the port is taken, the token cannot be had, others use the hooks."""
        self._config = config
        self._clock = clock
        self._hooks: WebhookSource | None = None
        self.address = ""
        with contextlib.ExitStack() as opened:  # all of it or nothing
            if config.watches_folder:
                require_folder(folder_of(config))
            if config.takes_alerts:
                self._hooks = WebhookSource(self._open(config.webhook, data, holder, opened))
            self._close = opened.pop_all()

    def sources(self, account: str, data: Path) -> list[MessageSource]:
        """What one account reads of it. account: its name, "" for the only one. data: its own folder."""
        made: list[MessageSource] = [self._hooks] if self._hooks is not None else []
        if self._config.watches_folder:
            table = self._config.folder
            made.append(
                FolderSource(
                    folder_of(self._config),
                    data / DROPPED,
                    self._clock,
                    poll_s=table.poll_s,
                    settle_s=table.settle_s,
                    largest=table.max_mb << 20,
                )
            )
        wanted = self._config.routes(account) if account else ()
        return [Routed(source, among(wanted)) for source in made] if wanted else made

    def close(self) -> None:
        """Take no more alerts; those that were taken are on disk."""
        self._close.close()

    def _open(self, table: Webhook, data: Path, holder: str, opened: contextlib.ExitStack) -> Letterbox:
        folder = hooks_folder(data)
        opened.callback(_locked(folder, holder).release)
        token = token_of(table, data, make=True)
        context = None
        if table.certificate:
            context = server_context(Path(table.certificate).expanduser(), Path(table.key).expanduser())
        sock = bound(table.listen)
        opened.callback(sock.close)
        box = Letterbox(folder, table.hooks, self._clock, repeat_s=table.repeat_s)
        opened.callback(box.close)
        for hook, book in box.books.items():
            for journal in self._journals(data):
                book.reach(cursors(journal).get(channel_of(hook), 0))
        server = Server(sock, Doorman(box, token, _rules(table), self._clock), context)
        opened.callback(server.close)
        self.address = f"{'https' if context else 'http'}://{server.address}/hook/"
        _log.info("alerts are taken", address=self.address, hooks=", ".join(table.hooks))
        if not table.is_local and context is None:
            _log.warning("alerts are taken beyond this machine without TLS of our own", listen=table.listen)
        return box

    def _journals(self, data: Path) -> Iterator[Path]:
        # Those whose numbers are not to be given again.
        folders = [account_folder(data, name) for name in self._config.accounts] or [data]
        yield from (folder / JOURNAL for folder in folders if (folder / JOURNAL).exists())


def hooks_folder(data: Path) -> Path:
    """The folder of the hooks, made where it is not there; nobody else can look into it."""
    folder = data / HOOKS
    for one in (data, folder):
        one.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def folder_of(config: Config) -> Path:
    """The folder that is watched."""
    return Path(config.folder.path).expanduser()


def require_folder(path: Path) -> None:
    """Raises SourceUnreadable: there is no folder to look at."""
    try:
        next(path.iterdir(), None)
    except OSError as error:
        text = f"folder.path {path} cannot be looked at: {error.strerror or error}"
        raise SourceUnreadable(text, "Make the folder, or name another one under [folder]") from None


def token_of(table: Webhook, data: Path, *, make: bool = False) -> Secret:
    """The token that alerts carry. make: make one where none is named and none is there. Raises OperatorNeeded."""
    file = token_file(table, data)
    found = read_secret("the webhook's token", variable=table.token_env, file=file, keyring=table.token_keyring)
    if not found and file == data / HOOKS / TOKEN:
        if not make:
            return found
        with contextlib.suppress(FileExistsError):
            return make_token(file)
    if not found:
        where = table.token_env or table.token_file or table.token_keyring or str(file)
        raise OperatorNeeded(f"there is no token for the webhook in {where}", "Put it there, on one line")
    if len(found.reveal()) < SHORTEST_TOKEN:
        text = f"the webhook's token has {len(found.reveal())} characters, {SHORTEST_TOKEN} are the least"
        raise OperatorNeeded(text, "Take a longer one, or name none: then one is made")
    return found


def token_file(table: Webhook, data: Path) -> Path | None:
    """The file that holds the token; None where it is elsewhere."""
    if table.token_file:
        return Path(table.token_file).expanduser()
    return None if table.token_env or table.token_keyring else data / HOOKS / TOKEN


def _locked(folder: Path, holder: str) -> FileLock:
    try:
        return FileLock(hooks_lock(folder), holder)
    except Held as other:
        text = f"the hooks in {folder} are served by {other.by}"
        raise OperatorNeeded(text, "Stop that one first, or name another folder with --data") from None


def hooks_lock(folder: Path) -> Path:
    """The file that is held by whoever serves the hooks in a folder."""
    return folder / f"{HOOKS}.lock"


def _rules(table: Webhook) -> Rules:
    return Rules(
        allow_from=table.allow_from,
        client_header=table.client_header,
        trusts_any_proxy=table.behind_proxy,
        per_minute=table.per_minute,
        max_age_s=table.max_age_s,
    )
