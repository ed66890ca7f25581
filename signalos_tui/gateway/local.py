"""Unix sockets: in a folder nobody else can enter, for nobody but our own user (reference: reliability T11).

Python on Windows has none; there these functions say so, and a gateway listens on the loopback.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import struct
import sys
from pathlib import Path

from signalos_tui.errors import OperatorNeeded

_BACKLOG = 128

if sys.platform == "win32":

    def listening(path: Path) -> socket.socket:
        """There are none. Raises OperatorNeeded."""
        raise OperatorNeeded(f"this system has no Unix socket for {path}", "Use --listen 127.0.0.1:8750")

    def is_ours(_taken: socket.socket) -> bool:
        """Nothing can come in this way."""
        return False

else:

    def listening(path: Path) -> socket.socket:
        """A non-blocking socket that listens at `path`; one that was left over is replaced. Raises OperatorNeeded, OSError."""
        folder = path.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = folder.stat()
        if about.st_uid != os.getuid() or stat.S_IMODE(about.st_mode) & 0o077:
            text = f"the folder {folder} of the socket is open to other users (mode {stat.S_IMODE(about.st_mode):o})"
            raise OperatorNeeded(text, f"Run: chmod 700 {folder}")
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if path.is_socket():
                _remove_left_over(path)
            sock.bind(str(path))
            path.chmod(0o600)
            sock.listen(_BACKLOG)
        except BaseException:
            sock.close()
            raise
        sock.setblocking(False)
        return sock

    def is_ours(taken: socket.socket) -> bool:
        """Whether our own user is at the other end. Where the system does not say, the folder has kept others out."""
        if not hasattr(socket, "SO_PEERCRED"):
            return True
        shape = "3i"  # pid, uid, gid
        _, uid, _ = struct.unpack(
            shape, taken.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(shape))
        )
        return bool(uid == os.getuid())

    def _remove_left_over(path: Path) -> None:
        # Of a gateway that was killed: nobody answers there. Raises OSError when somebody does.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
                return
        raise OSError(errno.EADDRINUSE, "another process listens there")
