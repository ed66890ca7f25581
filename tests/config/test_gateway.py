"""[gateway] and [paper]: what could not be listened on or traded is refused with its line, not when the gateway starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.config import Config, load
from signalos_tui.errors import ConfigInvalid


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text)
    return load(path, {})


@pytest.mark.parametrize(
    "listen", ["", "127.0.0.1:8750", "localhost:0", "[::1]:8750", "unix:/run/me/g.sock", "unix:~/g.sock", "unix:g.sock"]
)
def test_listen_when_it_is_a_place_then_taken(tmp_path: Path, listen: str) -> None:
    assert loaded(tmp_path, f'[gateway]\nlisten = "{listen}"\n').gateway.listen == listen


@pytest.mark.parametrize(
    "listen",
    ["127.0.0.1", "nowhere", ":8750", "a:99999", "a:x", "::1:8750", "unix:", "a b:1", "unix:/a\\u001b[2J", "a:00"],
)
def test_listen_when_it_is_no_place_then_refused_with_its_line(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"line 2: gateway\.listen was") as refusal:
        loaded(tmp_path, f'[gateway]\nlisten = "{listen}"\n')
    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize("suffix", ["\\u0007", "\\n", ".m\\u001b[2J", "\\u202e", " ", "a b", "x" * 17])
def test_suffix_when_it_could_not_be_a_symbols_then_refused_with_its_line(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"line 2: paper\.suffix was") as refusal:
        loaded(tmp_path, f'[paper]\nsuffix = "{suffix}"\n')
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("suffix", ["", ".m", "pro", "_i", "#"])
def test_suffix_when_a_broker_could_have_it_then_taken(tmp_path: Path, suffix: str) -> None:
    assert loaded(tmp_path, f'[paper]\nsuffix = "{suffix}"\n').paper.suffix == suffix
