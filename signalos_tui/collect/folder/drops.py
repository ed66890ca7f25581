"""What single files say: one post, or one post a line. Pure: bytes in, drops out, or `Garbage` with the reason.

A drop is known by its channel, by what its sender calls it, and by what it says. So the same file may be dropped as often as
anybody likes.
"""

from __future__ import annotations

import unicodedata
from hashlib import blake2b

import msgspec
from msgspec import Struct

from signalos_tui.collect.mistakes import in_words
from signalos_tui.collect.moments import moment_of

LONGEST_TEXT = 16_384
"""Characters of a post."""
LONGEST_NAME = 60
"""Bytes of a channel's name."""
NAMED = "id:"
"""How the ref of a drop begins that its sender has given an id, and may edit."""


class Garbage(Exception):
    """A file that holds no posts; says why."""


class Drop(Struct, frozen=True):
    """One post without a number. at: ms UTC. ref: what its sender calls it. is_edit: the same ref with another text edits it.

    answers: the ref of the post it answers, "" for none. file: where it stands, "" where that does not matter.
    """

    channel: str
    at: int
    text: str
    ref: str = ""
    is_edit: bool = False
    answers: str = ""
    file: str = ""

    @property
    def mark(self) -> str:
        """A hash of what it says; two drops with the same ref and mark are one."""
        said = self.text if self.ref else f"{self.at}\x00{self.answers}\x00{self.text}"
        return blake2b(said.encode(), digest_size=16).hexdigest()


class _Line(Struct, forbid_unknown_fields=True):
    # One line of a .jsonl file; docs/sources.md names the fields.
    at: str | int | float
    text: str
    channel: str | None = None
    id: str | int | None = None
    reply_to: str | int | None = None


_LINE = msgspec.json.Decoder(_Line)


def channel_name(name: str) -> str:
    """A channel as it is called in ids: small letters, digits, blanks and - _ . of any script. Raises Garbage."""
    plain = unicodedata.normalize("NFC", name).casefold().strip()
    is_plain = all(char.isalnum() or char in "-_. " for char in plain) and plain.isprintable()
    if not plain or not is_plain or len(plain.encode()) > LONGEST_NAME:
        raise Garbage(
            f'"{name[:40]}" cannot be a channel: letters, digits, blanks and - _ . at most {LONGEST_NAME} bytes'
        )
    return plain


def post(content: bytes, channel: str, name: str, at: int) -> Drop | None:
    """The post that a text file is; None while it is empty. name: of the file. at: when it was written, ms UTC."""
    text = _text(content).strip()
    if not text:
        return None
    return Drop(channel, at, _checked(text), ref=f"file:{name}")


def lines(content: bytes, channel: str, name: str = "") -> list[Drop]:
    """The posts of a .jsonl file. channel: of lines that name none. name: of the file. Raises Garbage with the line's number."""
    found: list[Drop] = []
    for number, line in enumerate(_text(content).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(_drop(_LINE.decode(line.encode()), channel, name))
        except Garbage as why:
            raise Garbage(f"line {number}: {why}") from why
        except msgspec.ValidationError as error:
            raise Garbage(f"line {number}: {in_words(error)}") from error
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Garbage(f"line {number}: it is not JSON") from error
    return found


def _drop(line: _Line, channel: str, name: str) -> Drop:
    if not line.text.strip():
        raise Garbage("text is empty")
    return Drop(
        channel=channel_name(line.channel) if line.channel is not None else channel,
        at=_moment(line.at),
        text=_checked(line.text.strip()),
        ref=_ref(line.id),
        is_edit=line.id is not None,
        answers=_ref(line.reply_to),
        file=name,
    )


def _ref(given: str | int | None) -> str:
    if given is None:
        return ""
    name = str(given).strip()
    if not 0 < len(name) <= 128:
        raise Garbage(f"an id has {len(name)} characters, 1 to 128 are allowed")
    return f"{NAMED}{name}"


def _moment(given: str | float) -> int:
    try:
        return moment_of(given)
    except ValueError as why:
        raise Garbage(f'at was "{str(given)[:40]}": {why}') from None


def _checked(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Garbage(f"a post has {len(text):,} characters, more than {LONGEST_TEXT:,}")
    return text


def _text(content: bytes) -> str:
    # MetaTrader and Notepad write UTF-16 with a mark in front.
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Garbage(f"it is no text in UTF-8 or UTF-16 (byte {error.start})") from error
    if "\x00" in text:
        raise Garbage("it is no text: it holds zero bytes")
    return text.replace("\r\n", "\n")
