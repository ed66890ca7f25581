"""A gateway over TLS to the broker of a test, in a process of its own: `python -m tests.transports.runner FOLDER`."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from signalos_tui.clock import WallClock
from signalos_tui.gateway.certificate import make_certificate
from signalos_tui.gateway.serving import serve
from signalos_tui.gateway.settings import Guards, Settings, Times
from signalos_tui.link.secret import Secret, make_token, read_secret
from tests.transports import broker

TIMES = Times(open_s=20, read_s=5, send_s=5, tick_s=0.02, look_s=0.03, pause_s=0.05, longest_pause_s=0.4, ending_s=3)


def settings(folder: Path) -> Settings:
    """TLS on a port of its own choice; what a gateway keeps stays in the folder over its lives."""
    certificate, key, token = folder / "certificate.pem", folder / "key.pem", folder / "token"
    if not certificate.exists():
        make_certificate(certificate, key, ("localhost", "127.0.0.1"), WallClock().now())
    if not token.exists():
        make_token(token)
    port, most = folder / "port", folder / "max_lot"
    return Settings(
        data=folder,
        listen=f"127.0.0.1:{port.read_text() if port.exists() else 0}",
        token=Secret(read_secret("the token", file=token).reveal()),
        module=broker.__name__,
        terminal="terminal64.exe",
        certificate=certificate,
        key=key,
        guards=Guards(
            login=broker.LOGIN, server=broker.SERVER, max_lot=float(most.read_text()) if most.exists() else 50.0
        ),
        times=TIMES,
    )


async def _main(folder: Path) -> None:
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(until.set))

    def say(address: str) -> None:
        (folder / "port").write_text(address.rpartition(":")[2])
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()

    await serve(settings(folder), WallClock(), until, say)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
