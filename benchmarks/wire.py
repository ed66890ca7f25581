"""From an intent to the wire and back: a question and an order through `signalos gateway --paper`, over both kinds of socket.

Run: `python -m benchmarks.wire [--quick]`. The floor is a bare echo of the same bytes in the same run: another process reads a
frame, decodes the msgpack, encodes it and writes it back, over the same kind of socket. Between the two lie the client, the
gateway's guards, its intent store (two commits for an order), the pipe to the worker and the paper terminal, which answers at
once and commits to its own books.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import msgspec

from benchmarks.figure import Figure
from signalos_tui.clock import WallClock
from signalos_tui.commands.gateway import PAPER_SERVER
from signalos_tui.commands.terminals import gateway_terminal
from signalos_tui.config import Config, Terminal
from signalos_tui.execute import constants as mt
from signalos_tui.execute.mt5 import Mt5Terminal
from signalos_tui.execute.paper import PaperSettings
from signalos_tui.execute.terminal import Intent
from signalos_tui.journal import Journal
from signalos_tui.link.frames import LONGEST_FROM_GATEWAY, framed, read_frame
from signalos_tui.link.messages import Call, packed
from signalos_tui.link.tls import client_context, fingerprint_of, server_context

UNIX, TLS = "Unix socket", "TLS"
QUESTION, ORDER = "<= 10 x the echo", "<= 30,000 us, what a quick broker takes"
PAPER = '[paper]\nlatency_ms = [0, 0]\nslippage_points = 0\n[logging]\nlevel = "error"\n'
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


# --- the floor ----------------------------------------------------------------------------------------------------


async def _echo(folder: Path, kind: str) -> None:
    # What the machine does at best: a frame in, the same frame out.
    decoder, encoder = msgspec.msgpack.Decoder(), msgspec.msgpack.Encoder()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (payload := await read_frame(reader, LONGEST_FROM_GATEWAY)) is not None:
            writer.write(framed(encoder.encode(decoder.decode(payload))))

    if kind == UNIX:
        server: asyncio.Server = await asyncio.start_unix_server(serve, folder / "echo.sock")
        print("ready", flush=True)
    else:
        secured = server_context(folder / "certificate.pem", folder / "key.pem")
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=secured)
        print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.asynccontextmanager
async def _echoing(folder: Path, kind: str) -> AsyncIterator[Streams]:
    with _started("benchmarks.wire", "echo", str(folder), kind) as said:
        if kind == UNIX:
            reader, writer = await asyncio.open_unix_connection(folder / "echo.sock")
        else:
            context: ssl.SSLContext = client_context(folder / "certificate.pem", is_own=True)
            reader, writer = await asyncio.open_connection("127.0.0.1", int(said), ssl=context)
        yield reader, writer
        writer.close()


async def _bare(streams: Streams, payload: bytes) -> None:
    reader, writer = streams
    writer.write(framed(payload))
    await read_frame(reader, LONGEST_FROM_GATEWAY)


# --- the gateway --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _started(*arguments: str) -> Iterator[str]:
    # A process, and what its first line says.
    with subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()


@contextlib.asynccontextmanager
async def _trading(folder: Path, kind: str) -> AsyncIterator[Mt5Terminal]:
    config = folder / "config.toml"
    config.write_text(PAPER, encoding="utf-8")
    place = f"unix:{folder / 'gateway.sock'}" if kind == UNIX else "127.0.0.1:0"
    arguments = ("gateway", "--paper", "--listen", place, "--data", str(folder), "--config", str(config))
    with _started("signalos_tui", *arguments) as said:
        settings = Terminal(
            kind="mt5",
            address=said.rpartition(" ")[2],
            account=f"{PAPER_SERVER}/{PaperSettings().login}",
            token_file=str(folder / "token"),
            fingerprint=fingerprint_of(folder / "certificate.pem") if kind == TLS else "",
        )
        journal = Journal.open(folder / f"{kind}.db", holder="benchmark")
        terminal = gateway_terminal(Config(terminal=settings), WallClock(), journal)
        living = asyncio.create_task(terminal.run())
        while not terminal.reach.is_open:
            await terminal.turned(terminal.reach)
        try:
            yield terminal
        finally:
            living.cancel()
            await asyncio.wait([living])
            journal.close()


def _request(number: int, position: int) -> dict[str, object]:
    # An opening, then the stop of its position here and there.
    levels = {"sl": 0.5 + number % 2 / 100, "tp": 0.0, "symbol": "EURUSD", "magic": 7}
    if position:
        return {"action": mt.TRADE_ACTION_SLTP, "position": position, **levels}
    opening = {"type": mt.ORDER_TYPE_BUY, "volume": 0.01, "price": 1.0, "type_filling": 0, "deviation": 20}
    return {"action": mt.TRADE_ACTION_DEAL, **opening, **levels}


async def _measured(work: Callable[[int], Awaitable[object]], count: int) -> list[float]:
    times = []
    for number in range(count + 20):
        started = time.perf_counter()
        await work(number)
        times.append((time.perf_counter() - started) * 1e6)
    return times[20:]  # without warming up


async def _run(folder: Path, kind: str, count: int) -> list[Figure]:
    async with _trading(folder, kind) as terminal, _echoing(folder, kind) as streams:
        while await terminal.symbol_info_tick("EURUSD") is None:
            await terminal.changed(0.1)
        opened = await terminal.order_send(_request(0, 0), Intent("bench/1", _now(), _now() + 30_000))
        if opened is None or opened.retcode != mt.TRADE_RETCODE_DONE:
            raise AssertionError(f"not opened: {opened}, {await terminal.last_error()}")
        position = opened.order
        payload = packed(
            Call(1, "order_send", {"request": _request(1, position)}, "bench~1/1", _now(), _now() + 30_000)
        )

        async def ordered(number: int) -> None:
            at = _now()
            result = await terminal.order_send(
                _request(number, position), Intent(f"bench~{number}/{at}", at, at + 30_000)
            )
            assert result is not None, await terminal.last_error()

        asked = await _measured(lambda number: terminal.account_info(), count)
        bare = await _measured(lambda number: _bare(streams, payload), count)
        orders = await _measured(ordered, count)
        bare += await _measured(lambda number: _bare(streams, payload), count)
    return [
        *_figures(f"question to the gateway and back, {kind}", asked, bare, kind, QUESTION),
        *_figures(f"intent to the gateway and back, {kind}", orders, bare, kind, ORDER),
    ]


def _figures(name: str, times: list[float], bare: list[float], kind: str, goal: str) -> Iterator[Figure]:
    floor = f"bare msgpack echo, {kind}"
    yield Figure(f"{name}, p50", median(times), "us", f"{floor}, p50", median(bare), goal)
    yield Figure(f"{name}, p99", _p99(times), "us", f"{floor}, p99", _p99(bare), "-")


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def _now() -> int:
    return time.time_ns() // 1_000_000


def measure(quick: bool = False) -> list[Figure]:
    """Median and 99th percentile in microseconds, for a Unix socket and for TLS 1.3 over the loopback."""
    count = 150 if quick else 1_000
    found: list[Figure] = []
    for kind in (UNIX, TLS):
        with tempfile.TemporaryDirectory(prefix="signalos-benchmark-") as name:
            if kind == TLS:
                made = [sys.executable, "-m", "signalos_tui", "gateway", "--init", "--data", name]
                subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
            found += asyncio.run(_run(Path(name), kind, count))
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["echo"]:
        asyncio.run(_echo(Path(sys.argv[2]), sys.argv[3]))
    for figure in measure("--quick" in sys.argv):
        print(figure)
