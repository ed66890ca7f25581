"""`signalos gateway`: stands beside a MetaTrader 5 terminal and lets one console trade it. Here its settings are put together."""

from __future__ import annotations

import asyncio
import getpass
import importlib.util
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from msgspec import Struct

from signalos_tui.clock import WallClock
from signalos_tui.commands.places import PAPER as PAPER_FILE
from signalos_tui.commands.places import configuration, data_folder
from signalos_tui.config import Config, Gateway
from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway.certificate import make_certificate
from signalos_tui.gateway.dump import dump_symbols
from signalos_tui.gateway.serving import serve
from signalos_tui.gateway.settings import OFFICIAL, PAPER, Guards, Settings, Times
from signalos_tui.link.secret import Secret, make_token, read_secret
from signalos_tui.link.tls import fingerprint_of
from signalos_tui.logs import configure

PAPER_SERVER = "SignalOS-Gateway"
"""Not that of the terminal inside a console: a journal of one would find none of its trades in the other's books."""
TOKEN_VARIABLE = "SIGNALOS_GATEWAY_TOKEN"  # noqa: S105 - its name, not its value
PASSWORD_VARIABLE = "SIGNALOS_MT5_PASSWORD"  # noqa: S105
TOKEN, CERTIFICATE, KEY, SOCKET = "token", "certificate.pem", "key.pem", "gateway.sock"
SHORTEST_TOKEN = 32
PORT = 8750
ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Signals that end a gateway in order; not every system has them all. CTRL_BREAK is Windows' SIGBREAK."""


class Options(Struct, frozen=True, kw_only=True):
    """What the command line said; None and False for nothing: then the configuration counts."""

    paper: bool = False
    init: bool = False
    dump: Path | None = None
    ask_password: bool = False
    listen: str | None = None
    terminal: str | None = None
    login: int | None = None
    server: str | None = None
    max_lot: float | None = None
    symbols: str | None = None
    real: bool = False


def gateway(options: Options, *, config: Path | None, data: Path | None) -> int:
    """Serve until told to end; or make token and certificate; or write the broker's symbols to a file."""
    settings = configuration(config)
    folder = data_folder(data) if data is not None else data_folder(None) / "gateway"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if options.init:
        return _init(_laid_over(settings.gateway, options), folder)
    made = _settings(settings, options, folder)
    if options.dump is not None:
        configure("warning", folder / "logs", settings.logging.max_mb)
        options.dump.write_bytes(asyncio.run(dump_symbols(made, WallClock())))
        print(f"the broker's symbols are in {options.dump}")
        return 0
    configure(settings.logging.level, folder / "logs", settings.logging.max_mb)
    asyncio.run(_serve(made))
    return 0


async def _serve(settings: Settings) -> None:
    until = asyncio.Event()
    with _told_to_end(until.set):
        await serve(settings, WallClock(), until, _say_where)


def _say_where(address: str) -> None:
    print(f"signalos gateway: listening on {address}", flush=True)


@contextmanager
def _told_to_end(end: Callable[[], None]) -> Iterator[None]:
    # With signal.signal, not the loop's own handlers: those do not exist on Windows.
    loop = asyncio.get_running_loop()

    def heard(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end)

    before: dict[int, Any] = {}
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None:
            before[number] = signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _laid_over(table: Gateway, options: Options) -> Gateway:
    given = {
        "listen": options.listen,
        "terminal": options.terminal,
        "login": options.login,
        "server": options.server,
        "max_lot": None if options.max_lot is None else str(options.max_lot),
        "symbols": None if options.symbols is None else [name.strip() for name in options.symbols.split(",") if name.strip()],
        "real": True if options.real else None,
    }  # fmt: skip
    before: dict[str, Any] = msgspec.to_builtins(table)
    try:
        return msgspec.convert({**before, **{k: v for k, v in given.items() if v is not None}}, Gateway)
    except msgspec.ValidationError as error:
        raise OperatorNeeded(f"an option cannot be used: {error}", "See signalos gateway --help") from None


def _settings(config: Config, options: Options, folder: Path) -> Settings:
    table = _laid_over(config.gateway, options)
    token = _token(table, folder)
    if options.paper and options.real:
        raise OperatorNeeded("--paper and --real were both given", "The paper terminal has no real money")
    if not options.paper:
        _check_official(table)
    certificate, key = _tls_files(table, folder)
    is_tls = certificate.exists()
    return Settings(
        data=folder,
        listen=table.listen or _usual_place(folder),
        token=token,
        module=PAPER if options.paper else OFFICIAL,
        terminal=table.terminal,
        password=Secret("") if options.paper else _password(table, options),
        certificate=certificate if is_tls else None,
        key=key if is_tls else None,
        locks=folder if options.paper else data_folder(None) / "locks",
        paper=_paper(config, options, folder) if options.paper else {},
        guards=Guards(
            login=0 if options.paper else table.login,
            server="" if options.paper else table.server,
            is_real=table.real and not options.paper,
            max_lot=float(table.max_lot),
            symbols=table.symbols,
            max_age_s=table.max_age_s,
        ),
        times=Times(send_s=table.call_s, read_s=min(table.call_s, Times().read_s), tick_s=table.tick_ms / 1000),
    )


def _check_official(table: Gateway) -> None:
    missing = [name for name in ("terminal", "login", "server") if not getattr(table, name)]
    if missing:
        raise OperatorNeeded(
            f"not known: {', '.join(missing)}; without them the terminal that happens to be open would be traded",
            "Name them under [gateway] or as options; without a broker: signalos gateway --paper",
        )
    if importlib.util.find_spec(OFFICIAL) is None:
        here = "" if sys.platform == "win32" else " (it exists for Windows only; on Linux use a Python inside Wine)"
        raise OperatorNeeded(
            f"the package {OFFICIAL} is not installed{here}", "Run: pip install 'signalos-tui[gateway]'"
        )


def _password(table: Gateway, options: Options) -> Secret:
    if options.ask_password:
        return Secret(getpass.getpass(f"Password of account {table.login}: "))
    file = Path(table.password_file).expanduser() if table.password_file else None
    if file is not None and not file.exists():
        raise OperatorNeeded(f"the password file {file} is not there", "Write it, or leave password_file empty")
    what = "the account's password"
    return read_secret(what, variable=PASSWORD_VARIABLE, file=file, keyring=table.password_keyring)


def _paper(config: Config, options: Options, folder: Path) -> dict[str, Any]:
    from signalos_tui.commands.terminals import paper_settings

    own = {"server": PAPER_SERVER, **({"login": options.login} if options.login else {})}
    return {
        "settings": {**msgspec.to_builtins(paper_settings(config)), **own},
        "store": str(folder / PAPER_FILE),
        "seed": config.demo.seed,
        "pace": float(config.demo.pace),
    }


def _init(table: Gateway, folder: Path) -> int:
    # What is there already stays: a console out there knows it.
    token, (certificate, key) = _token_file(table, folder), _tls_files(table, folder)
    if not token.exists():
        make_token(token)
    if not certificate.exists():
        host = socket.gethostname()
        names = (
            ("localhost", host, "127.0.0.1", "::1") if host.isascii() and host else ("localhost", "127.0.0.1", "::1")
        )
        make_certificate(certificate, key, names, WallClock().now())
    print(f"token        {token}")
    print(f"certificate  {certificate}")
    print(f"key          {key}")
    print(f"fingerprint  {fingerprint_of(certificate)}")
    return 0


def _token(table: Gateway, folder: Path) -> Secret:
    token = read_secret("the gateway's token", variable=TOKEN_VARIABLE, file=_token_file(table, folder))
    if token and len(token.reveal()) < SHORTEST_TOKEN:
        text = f"the gateway's token has {len(token.reveal())} characters, at least {SHORTEST_TOKEN} are needed"
        raise OperatorNeeded(text, "Remove it and let signalos gateway --init make one")
    return token or make_token(_token_file(table, folder))


def _token_file(table: Gateway, folder: Path) -> Path:
    return Path(table.token_file).expanduser() if table.token_file else folder / TOKEN


def _tls_files(table: Gateway, folder: Path) -> tuple[Path, Path]:
    certificate = Path(table.certificate).expanduser() if table.certificate else folder / CERTIFICATE
    if table.certificate and not certificate.exists():
        raise OperatorNeeded(f"the certificate {certificate} is not there", "Correct its path, or leave it empty")
    return certificate, Path(table.key).expanduser() if table.key else folder / KEY


def _usual_place(folder: Path) -> str:
    return f"127.0.0.1:{PORT}" if sys.platform == "win32" else f"unix:{folder / SOCKET}"
