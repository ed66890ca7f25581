"""Where things are: the data folder, the configuration, what travels with the package."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signalos_tui.config import Config, load
from signalos_tui.config.lines import Origin
from signalos_tui.errors import ConfigInvalid, JournalUnusable, SourceUnreadable

APP = "signalos"
JOURNAL = "journal.db"
PAPER = "paper.db"
ACCOUNTS = "accounts"


def data_folder(given: Path | None) -> Path:
    """The folder of journal, sessions and logs: the given one, or this user's own."""
    if given is not None:
        return given.expanduser()
    from platformdirs import user_data_path

    return user_data_path(APP, appauthor=False)


def account_folder(data: Path, name: str) -> Path:
    """The folder of one of several accounts. name: as in the configuration, where it was checked."""
    return data / ACCOUNTS / name


def folders(data: Path, account: str = "") -> dict[str, Path]:
    """The folders that hold a journal in a data folder, by account; "" for the one account without a name.

    account: only that one. One without a name is named even when nothing is there yet, so that it is missed where it should be.
    Raises SourceUnreadable for an account there is not.
    """
    inner = data / ACCOUNTS
    named = sorted(one.name for one in inner.iterdir() if (one / JOURNAL).exists()) if inner.is_dir() else []
    if account and account not in named:
        there = f"There are: {', '.join(named)}" if named else "It has one without a name: leave --account out"
        raise SourceUnreadable(f"there is no account {account!r} in {data}", there)
    if account:
        return {account: account_folder(data, account)}
    own = {"": data} if not named or (data / JOURNAL).exists() else {}
    return own | {name: account_folder(data, name) for name in named}


def require_layout(data: Path, config: Config) -> None:
    """A folder goes on as what it was begun as: what the journal there knows as open would be left alone otherwise.

    Raises JournalUnusable when it holds one account and the configuration names several, or the other way round.
    """
    kept = folders(data) if data.is_dir() else {}
    named = [name for name in kept if name]
    if config.accounts and (data / JOURNAL).exists():
        text = f"{data} holds the journal of one account without a name, and the configuration names several"
        raise JournalUnusable(text, f"Move its files into {data / ACCOUNTS}/NAME, or name another folder with --data")
    if named and not config.accounts:
        text = f"{data} holds the accounts {', '.join(named)}, and the configuration names none"
        raise JournalUnusable(text, "Name them under [accounts] (a demo: --accounts), or another folder with --data")


def folder_of(data: Path, account: str = "") -> Path:
    """The folder of one journal, for what cannot be asked of several. Raises SourceUnreadable."""
    found = folders(data, account)
    if len(found) > 1:
        raise SourceUnreadable(
            f"{data} holds several accounts", f"Say which: --account {' or '.join(filter(None, found))}"
        )
    return next(iter(found.values()))


@contextmanager
def kept_or_passing(given: Path | None, purpose: str) -> Iterator[Path]:
    """The folder that was named, or one that is thrown away in the end. purpose: a word for its name."""
    if given is not None:
        yield given.expanduser()
        return
    with tempfile.TemporaryDirectory(prefix=f"signalos-{purpose}-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def config_file(given: Path | None) -> Path | None:
    """The configuration to read: the given file, the user's own where there is one, None for the defaults."""
    if given is not None:
        return given.expanduser()
    from platformdirs import user_config_path

    own = user_config_path(APP, appauthor=False) / "config.toml"
    return own if own.is_file() else packaged_config()


def packaged_config() -> Path | None:
    """The default configuration that travels with the package (or lies in the checkout)."""
    package = Path(__file__).resolve().parent.parent
    for path in (package / "data" / "config.toml", package.parent / "config.toml"):
        if path.is_file():
            return path
    return None


def configuration(given: Path | None) -> Config:
    """The configuration in use. Raises ConfigInvalid."""
    path = config_file(given)
    config = load(path)
    _check_words(config, path)
    return config


def configuration_of(given: Path | None, account: str) -> Config:
    """The configuration of one account; "" for that of the file, with its accounts. Raises ConfigInvalid."""
    config = configuration(given)
    if account and account not in config.accounts:
        names = ", ".join(config.accounts) or "none"
        raise ConfigInvalid(f"the configuration has no account {account!r}", f"There are: {names}")
    return config.account(account) if account else config


def _check_words(config: Config, path: Path | None) -> None:
    # A channel's words are checked by whoever reads with them; a file that has none does not load the reader for it.
    for name, channel in config.channels.items():
        if not {"words", "markets"}.isdisjoint(channel.get("reading", {})):
            from signalos_tui.decode.lessons import problems

            for problem in problems(config.words(name).lesson):
                if problem.field in ("words", "markets"):
                    where = ("channels", name, "reading", problem.field)
                    what = Origin(str(path), _text(path), {}).located(problem.text, where)
                    raise ConfigInvalid(what, "Correct it")


def _text(path: Path | None) -> str:
    return path.read_text(encoding="utf-8") if path is not None else ""
