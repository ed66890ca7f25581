"""Telegram Desktop exports: every shape people have, every fault with its place, and no text before it existed."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.clock import Clock
from signalos_tui.collect import export as module
from signalos_tui.collect.export import Export, ExportSource, read_export
from signalos_tui.errors import SourceUnreadable
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Message
from tests.collect.playing import played

NOON = 1_704_110_400  # 2024-01-01 12:00 UTC, seconds
GOLD = ChannelId("tg:1234567890")


def raw(number: int, seconds: int, text: object = "text", **more: object) -> dict[str, object]:
    return {
        "id": number,
        "type": "message",
        "date": "2024-01-01T12:00:00",
        "date_unixtime": str(NOON + seconds),
        "from": "Gold Room",
        "from_id": "channel1234567890",
        "text": text,
        **more,
    }


def chat(*messages: dict[str, object], number: int = 1234567890, name: str | None = "Gold Room") -> dict[str, object]:
    return {"name": name, "type": "private_channel", "id": number, "messages": list(messages)}


def written(folder: Path, value: object) -> Path:
    path = folder / "result.json"
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def single(folder: Path, message: dict[str, object]) -> Message:
    (only,) = read_export(written(folder, chat(message))).messages
    return only


def test_export_when_of_one_chat_then_its_channel_and_posts(tmp_path: Path) -> None:
    export = read_export(written(tmp_path, chat(raw(7, 0, "GOLD BUY"), raw(8, 30, "close", reply_to_message_id=7))))
    assert export.channels == (Channel(GOLD, "Gold Room"),)
    assert export.messages == (
        Message(GOLD, 7, NOON * 1000, "GOLD BUY"),
        Message(GOLD, 8, (NOON + 30) * 1000, "close", reply_to=7),
    )


def test_export_when_a_folder_is_named_then_its_result_json(tmp_path: Path) -> None:
    written(tmp_path, chat(raw(7, 0)))
    assert len(read_export(tmp_path).messages) == 1


def test_export_when_of_an_account_then_all_chats_in_the_order_of_time(tmp_path: Path) -> None:
    account = {
        "about": "x",
        "personal_information": {"user_id": 1},
        "chats": {"about": "y", "list": [chat(raw(1, 50)), chat(raw(1, 10), number=22, name=None)]},
        "left_chats": {"list": [chat(raw(1, 20), number=33, name="Left")]},
    }
    export = read_export(written(tmp_path, account))
    assert [message.channel for message in export.messages] == ["tg:22", "tg:33", GOLD]
    assert [channel.title for channel in export.channels] == ["Gold Room", "Chat 22", "Left"]


@pytest.mark.parametrize(
    "text",
    [
        "GOLD BUY now",
        ["GOLD ", {"type": "bold", "text": "BUY"}, " now"],
        [
            {"type": "hashtag", "text": "GOLD"},
            " ",
            {"type": "text_link", "text": "BUY", "href": "https://example.org"},
            " now",
        ],
    ],
)
def test_text_when_plain_or_in_pieces_then_the_same(tmp_path: Path, text: object) -> None:
    assert single(tmp_path, raw(1, 0, text)).text == "GOLD BUY now"


def test_text_when_only_entities_then_those(tmp_path: Path) -> None:
    message = raw(1, 0, "", text_entities=[{"type": "plain", "text": "GOLD "}, {"type": "bold", "text": "BUY"}])
    assert single(tmp_path, message).text == "GOLD BUY"


@pytest.mark.parametrize(
    ("more", "media"),
    [
        ({"photo": "photos/photo_1.jpg"}, "photos/photo_1.jpg"),
        ({"photo": "(File not included. Change data exporting settings to download.)"}, "photo"),
        ({"file": "video_files/a.mp4", "media_type": "video_file"}, "video_files/a.mp4"),
        ({"file": "(File exceeds maximum size. Change data exporting settings.)", "media_type": "sticker"}, "sticker"),
        ({"file": "(File unavailable, please try again later)"}, "file"),
        ({}, None),
    ],
)
def test_media_when_included_or_not_then_path_or_kind(
    tmp_path: Path, more: dict[str, object], media: str | None
) -> None:
    message = single(tmp_path, raw(1, 0, "caption", **more))
    assert (message.media, message.text) == (media, "caption")


def test_forward_when_marked_then_its_origin(tmp_path: Path) -> None:
    assert single(tmp_path, raw(1, 0, forwarded_from="Other Room")).forwarded_from == "Other Room"


def test_reply_when_into_another_chat_then_not_a_post_of_this_one(tmp_path: Path) -> None:
    elsewhere = single(tmp_path, raw(1, 0, reply_to_message_id=5, reply_to_peer_id="channel9"))
    assert (elsewhere.reply_to, elsewhere.answers_elsewhere) == (None, True)


def test_service_when_marked_then_never_a_post(tmp_path: Path) -> None:
    message = single(tmp_path, raw(1, 0, "", type="service", actor="Gold Room", action="pin_message", message_id=7))
    assert message.service
    assert message.text == "pin_message"


def test_album_when_media_share_author_and_second_then_one_name(tmp_path: Path) -> None:
    posts = (
        raw(1, 0, "before", photo="p1.jpg"),
        raw(2, 9, "caption", photo="p2.jpg"),
        raw(3, 9, "", photo="p3.jpg"),
        raw(4, 9, "no picture"),
        raw(5, 9, "", photo="p5.jpg", from_id="user2"),
    )
    albums = [message.album for message in read_export(written(tmp_path, chat(*posts))).messages]
    assert albums == [None, "album-2", "album-2", None, None]


def test_edit_when_never_or_before_the_post_then_none(tmp_path: Path) -> None:
    assert single(tmp_path, raw(1, 60, edited_unixtime=str(NOON))).edited_at is None
    assert single(tmp_path, raw(1, 60, edited="1970-01-01T03:00:00")).edited_at is None


def test_dates_when_the_export_is_old_then_on_the_clock_that_is_named(tmp_path: Path) -> None:
    message = raw(1, 0)
    del message["date_unixtime"]
    path = written(tmp_path, chat(message))
    assert read_export(path).messages[0].posted_at == NOON * 1000
    assert read_export(path, zone=timezone(timedelta(hours=3))).messages[0].posted_at == (NOON - 3 * 3600) * 1000


def test_due_when_edited_late_then_at_the_edit_never_before_the_text_existed(tmp_path: Path) -> None:
    posts = (
        raw(1, 0, "corrected much later", edited_unixtime=str(NOON + 600)),
        raw(2, 10, "typo fixed at once", edited_unixtime=str(NOON + 20)),
        raw(3, 20, "as it was"),
    )
    export = read_export(written(tmp_path, chat(*posts)))
    heard = played(lambda clock: ExportSource(export, clock), start=NOON * 1000)
    assert [(at - NOON * 1000, item.id) for at, item in heard if isinstance(item, Message)] == [
        (10_000, 2),
        (20_000, 3),
        (600_000, 1),
    ]
    assert export.messages[0].edited_at == (NOON + 20) * 1000


def three(tmp_path: Path) -> Export:
    late = raw(1, 0, edited_unixtime=str(NOON + 600))
    return read_export(written(tmp_path, chat(late, raw(2, 10), raw(3, 20))))


def test_source_when_the_clock_is_later_then_the_past_comes_at_once(tmp_path: Path) -> None:
    export = three(tmp_path)
    start = (NOON + 15) * 1000
    heard = played(lambda clock: ExportSource(export, clock), start=start)
    assert [at - start for at, _ in heard] == [0, 5_000, 585_000]


@pytest.mark.parametrize(("since", "expected"), [(0, [2, 3, 1]), (2, [3, 1]), (3, [1]), (1, [2, 3]), (99, [1])])
def test_since_when_given_then_what_came_later_by_number_or_by_time(
    tmp_path: Path, since: int, expected: list[int]
) -> None:
    export = three(tmp_path)

    def source(clock: Clock) -> ExportSource:
        return ExportSource(export, clock)

    heard = played(source, {GOLD: since}, start=NOON * 1000)
    assert [item.id for _, item in heard if isinstance(item, Message)] == expected


def test_source_when_asked_then_names_its_chats(tmp_path: Path) -> None:
    heard: list[object] = []

    def source(clock: Clock) -> ExportSource:
        made = ExportSource(three(tmp_path), clock)
        heard.extend(made.channels())
        return made

    played(source, start=NOON * 1000)
    assert heard == [Channel(GOLD, "Gold Room")]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "ends too early in line 1"),
        (b'{"id": 1,\n\n"messages": [', "ends too early in line 3"),
        (b'{"id": 1,\n"messages": oops}', "damaged in line 2: what stands there is not JSON"),
        (b"[1, 2]", "not an export of Telegram Desktop: it is a list, should be an object in braces"),
        (b"{}", 'neither "messages" nor "chats"'),
        (b"<!DOCTYPE html>", "an export in HTML"),
        (b'{"messages": []}', "chat 1 has no id"),
        (
            b'{"id": -1001234567890, "messages": []}',
            "chat 1 has the negative id -1001234567890, .* on purpose",
        ),  # one read live
        (b'{"id": 1, "messages": [{"id": 3}, 7]}', r"messages\[1\]: it is a number, should be an object in braces"),
        (
            b'{"id": 1, "messages": [{"id": "three"}]}',
            r'messages\[0\] \(id three\): "id" is a text, should be a number\.',
        ),
        (b'{"id": 1, "messages": [{"id": 3}]}', "message 3, field date: is missing"),
        (b'{"id": 1, "messages": [{"id": 3, "date_unixtime": "soon"}]}', "message 3, field date: was 'soon'"),
        (b'{"id": 1, "messages": [{"id": 3, "date_unixtime": "9", "edited": "x"}]}', "field edited: was 'x'"),
        (b'{"id": 1, "messages": [{"id": 3, "date_unixtime": 99999999999}]}', "field date: was '99999999999'"),
        (
            b'{"id": 1, "messages": [{"id": 3, "date_unixtime": "9", "text": {}}]}',
            '"text" is an object in braces, should be a text or a list',
        ),
        (b"[" * 50_000, "is damaged|not an export"),
        (b'{"id": 1, "messages": ' + b"[" * 50_000, "is damaged"),
        (b"\xff\xfe\x00", "is damaged in line 1"),
    ],
)
def test_fault_when_in_the_file_then_place_and_next_step(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=complaint) as caught:
        read_export(path)
    assert "result.json" in caught.value.text
    assert caught.value.remedy


def test_posts_when_one_number_has_two_texts_then_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="two different messages 4"):
        read_export(written(tmp_path, chat(raw(4, 0, "one"), raw(4, 0, "other"))))
    assert len(read_export(written(tmp_path, chat(raw(4, 0, "one"), raw(4, 0, "one")))).messages) == 1


def test_limits_when_exceeded_then_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceUnreadable, match=r"message 4, field text: has 70,000 characters"):
        read_export(written(tmp_path, chat(raw(4, 0, "x" * 70_000))))
    monkeypatch.setattr(module, "LARGEST_FILE", 50)
    with pytest.raises(SourceUnreadable, match="more than 50"):
        read_export(written(tmp_path, chat(raw(4, 0))))


def test_file_when_missing_then_said_so(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="No such file"):
        read_export(tmp_path / "nowhere.json")


def test_foreign_text_when_hostile_then_kept_as_published(tmp_path: Path) -> None:
    text = "\x1b]0;owned\x07 [red]STOP[/] \u202eLLES"
    assert single(tmp_path, raw(1, 0, text)).text == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "id",
        "type",
        "date",
        "date_unixtime",
        "edited",
        "edited_unixtime",
        "text",
        "text_entities",
        "photo",
        "file",
        "from",
    ]
)


@given(st.dictionaries(FIELDS, JSON, max_size=5), st.sampled_from(["messages", "chats", "id", "name"]), JSON)
@settings(max_examples=200)
def test_export_when_fields_are_garbage_then_unreadable_never_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, Any], top: str, value: object
) -> None:
    for root in (chat(raw(5, 0) | fields), chat(raw(5, 0)) | {top: value}):
        attempt(written(tmp_path_factory.getbasetemp(), root))


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 30))
@settings(max_examples=200)
def test_export_when_bytes_are_damaged_then_unreadable_never_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, place: int, cut: int
) -> None:
    path = written(tmp_path_factory.getbasetemp(), chat(raw(5, 0, ["GOLD ", {"type": "bold", "text": "BÜY"}])))
    content = path.read_bytes()
    path.write_bytes(content[:place] + junk + content[place + cut :])
    attempt(path)


def attempt(path: Path) -> None:
    try:
        read_export(path)
    except SourceUnreadable as error:
        assert str(path) in str(error)  # noqa: PT017 (reading it may just as well succeed)
