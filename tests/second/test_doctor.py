"""`signalos doctor` looks at the model server, without sending it a post; and the key shows nowhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.commands.conftest import Inside, inside

__all__ = ["inside"]

KEY = "sk-doctor-77f1"


class Server(ThreadingHTTPServer):
    """Answers GET with its models, or with a status."""

    status = 200
    models = '{"models": [{"name": "qwen3:8b"}]}'

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.path} {self.headers.get('authorization', '')}")
        body = self.server.models.encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is http.server's)
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def config(folder: Path, url: str, more: str = "") -> Path:
    path = folder / "config.toml"
    path.write_text(f'[second_reader]\nenabled = true\nmodel = "qwen3:8b"\nurl = "{url}"\n{more}')
    return path


def test_doctor_when_the_server_has_the_model_then_fine(inside: Inside, tmp_path: Path, server: Server) -> None:
    answer = inside("doctor", "--data", tmp_path / "data", "--config", config(tmp_path, server.url))
    assert (answer.code, answer.err) == (0, "")
    assert f"ok   second reader  qwen3:8b at {server.url}" in answer.out
    assert server.asked == ["/api/tags "]


@pytest.mark.parametrize(
    ("status", "models", "said", "remedy"),
    [
        (401, "{}", "its server refuses the key (401)", "-> Put a valid key where key_env or key_file says"),
        (404, "{}", "does not know the address or the model (404)", "-> Check url and model"),
        (500, "{}", "its server fails (500)", "-> Look at its log"),
        (302, "{}", "sends the question elsewhere (302)", "-> Name the final address as url"),
        (200, '{"models": []}', "does not list the model qwen3:8b", "-> Check model, or load it there"),
    ],
)
def test_doctor_when_the_server_says_no_then_a_remedy(
    inside: Inside, tmp_path: Path, server: Server, status: int, models: str, said: str, remedy: str
) -> None:
    server.status, server.models = status, models
    answer = inside("doctor", "--data", tmp_path / "data", "--config", config(tmp_path, server.url))
    assert answer.code == 3
    assert "MEND second reader" in answer.out
    assert said in answer.out
    assert remedy in answer.out


def test_doctor_when_nobody_is_there_then_a_remedy(inside: Inside, tmp_path: Path) -> None:
    answer = inside("doctor", "--data", tmp_path / "data", "--config", config(tmp_path, "http://127.0.0.1:1"))
    assert answer.code == 3
    assert "its server cannot be reached" in answer.out
    assert "-> Start the server, or correct the url" in answer.out


def test_doctor_when_the_key_is_missing_or_open_to_others_then_said_and_never_shown(
    inside: Inside, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = config(tmp_path, server.url, 'key_env = "NO_SUCH_KEY"\n')
    answer = inside("doctor", "--data", tmp_path / "data", "--config", named)
    assert answer.code == 3
    assert "the variable NO_SUCH_KEY holds no key" in answer.out
    monkeypatch.setenv("NO_SUCH_KEY", KEY)
    assert inside("doctor", "--data", tmp_path / "data", "--config", named).code == 0
    assert server.asked == [f"/api/tags Bearer {KEY}"]
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o644)
    answer = inside(
        "doctor", "--data", tmp_path / "data", "--config", config(tmp_path, server.url, f'key_file = "{file}"\n')
    )
    assert answer.code == 3
    assert f"-> chmod 600 {file}" in answer.out
    assert KEY not in answer.out


def test_doctor_when_the_second_reader_is_off_then_not_looked_at(inside: Inside, tmp_path: Path) -> None:
    assert "second reader" not in inside("doctor", "--data", tmp_path / "data").out
