"""`signalos config check` and `signalos doctor` look at the file of symbols before the terminal does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.shell import signalos


@pytest.mark.parametrize(("name", "told"), [("nothing.json", "cannot be read"), ("", "is no regular file")])
def test_check_when_the_file_of_symbols_cannot_be_used_then_told_in_one_line(
    tmp_path: Path, name: str, told: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[paper]\nsymbols = "{tmp_path / name}"\n')
    answer = signalos("config", "check", config)
    assert answer.code == 3
    assert answer.out.startswith("MEND: ")
    assert [told in line for line in answer.out.splitlines()] == [False, True]
    assert answer.err == ""
    found = signalos("doctor", "--config", config, "--data", tmp_path / "data")
    assert found.code == 3
    assert [line for line in found.out.splitlines() if line.startswith("MEND paper") and told in line]
