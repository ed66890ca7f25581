"""What of Telegram's messages becomes a post: its own words, and beside them whose they are and what they belong to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telethon.tl import types

from signalos_tui.collect.telegram.posts import channel_id, post_of, topic_in
from signalos_tui.decode import read
from signalos_tui.model.messages import Message

GOLD = channel_id(1_234_567_890)
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
CALL = "BUY EURUSD 1.0850 SL 1.0800 TP 1.0950"


def post(text: str, **more: Any) -> Message:
    """A message of the channel as a post."""
    return post_of(GOLD, types.Message(id=7, peer_id=types.PeerChannel(1_234_567_890), message=text, date=AT, **more))


def document(mime: str, *attributes: Any) -> types.MessageMediaDocument:
    """A file in a message."""
    return types.MessageMediaDocument(
        document=types.Document(
            id=9,
            access_hash=1,
            file_reference=b"",
            date=AT,
            mime_type=mime,
            size=1,
            dc_id=2,
            attributes=list(attributes),
        )
    )


def test_quotation_when_it_holds_a_call_then_nobody_reads_it() -> None:
    """A reply may quote a call, another chat's too; the author's own words are the text alone."""
    own = types.MessageReplyHeader(reply_to_msg_id=3, quote=True, quote_text=CALL)
    assert (post("nice one", reply_to=own).text, post("nice one", reply_to=own).reply_to) == ("nice one", 3)
    assert not read(post("nice one", reply_to=own).text).signals
    elsewhere = types.MessageReplyHeader(
        reply_to_msg_id=3,
        reply_to_peer_id=types.PeerChannel(99),
        reply_from=types.MessageFwdHeader(date=AT, from_name="Somebody"),
        quote=True,
        quote_text=CALL,
    )
    assert (post("agreed", reply_to=elsewhere).text, post("agreed", reply_to=elsewhere).reply_to) == ("agreed", None)
    assert post("agreed", reply_to=elsewhere).answers_elsewhere
    story = types.MessageReplyStoryHeader(types.PeerUser(1), 2)
    assert post("nice story", reply_to=story).reply_to is None
    assert post("nice story", reply_to=story).answers_elsewhere
    assert not post("nice one", reply_to=own).answers_elsewhere


@pytest.mark.parametrize(
    ("head", "topic", "answers"),
    [
        (None, 1, None),
        (types.MessageReplyHeader(reply_to_msg_id=45, forum_topic=True), 45, None),
        (types.MessageReplyHeader(reply_to_msg_id=50, reply_to_top_id=45, forum_topic=True), 45, 50),
        (types.MessageReplyHeader(reply_to_msg_id=50, reply_to_top_id=45), 1, 50),
    ],
)
def test_topic_when_named_in_a_head_then_a_place_and_no_answer(
    head: types.MessageReplyHeader | None, topic: int, answers: int | None
) -> None:
    """A thread under a channel's post is no topic: only a forum has them."""
    message = types.Message(id=51, peer_id=types.PeerChannel(1), message="x", date=AT, reply_to=head)
    assert (topic_in(message), post_of(GOLD, message).reply_to) == (topic, answers)
    assert not post_of(GOLD, message).answers_elsewhere


@pytest.mark.parametrize(
    ("head", "origin"),
    [
        (types.MessageFwdHeader(date=AT, from_name="Hidden"), "Hidden"),
        (types.MessageFwdHeader(date=AT, from_id=types.PeerChannel(77)), "tg:-10077"),
        (types.MessageFwdHeader(date=AT, from_id=types.PeerUser(77)), "tg:77"),
        (types.MessageFwdHeader(date=AT), "somebody"),
    ],
)
def test_forwarded_post_when_its_author_is_hidden_or_not_then_it_says_that_it_is_forwarded(
    head: types.MessageFwdHeader, origin: str
) -> None:
    """Also the channel's own post, which Telegram puts into the group beside it."""
    assert post(CALL, fwd_from=head).forwarded_from == origin


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (types.MessageMediaWebPage(webpage=types.WebPageEmpty(1)), None),
        (types.MessageMediaGeo(types.GeoPointEmpty()), "geo"),
        (types.MessageMediaContact("+1", "a", "b", "", 1), "contact"),
        (types.MessageMediaDice(3, "🎲"), "dice"),
        (document("application/pdf"), "document 9"),
        (document("image/png"), "picture 9"),
        (document("video/mp4", types.DocumentAttributeVideo(1.0, 1, 1)), "video 9"),
        (
            document("video/mp4", types.DocumentAttributeVideo(1.0, 1, 1), types.DocumentAttributeAnimated()),
            "animation 9",
        ),
        (document("audio/ogg", types.DocumentAttributeAudio(1, voice=True)), "voice 9"),
        (document("audio/mpeg", types.DocumentAttributeAudio(1)), "audio 9"),
        (document("image/webp", types.DocumentAttributeSticker("x", types.InputStickerSetEmpty())), "sticker 9"),
    ],
)
def test_media_when_shown_then_named_and_a_preview_of_a_page_is_none(media: Any, kind: str | None) -> None:
    """The caption is the text."""
    assert (post(CALL, media=media).media, post(CALL, media=media).text) == (kind, CALL)


def test_poll_when_voted_on_then_it_is_the_same_post() -> None:
    """Its question is not the author's call, its count changes all the time."""

    def poll(votes: int) -> types.MessageMediaPoll:
        title = types.TextWithEntities(CALL, [])
        answers = [types.PollAnswer(title, b"0")]
        results = types.PollResults(results=[types.PollAnswerVoters(b"0", voters=votes)], total_voters=votes)
        return types.MessageMediaPoll(types.Poll(1, title, answers, 0), results)

    one, other = post("", media=poll(1)), post("", media=poll(200))
    assert (one.text, one.media, one.content) == ("", "poll", other.content)


def test_formatting_when_it_hides_or_links_then_no_digit_is_another() -> None:
    """Spoilers, links, custom signs: the text is what was typed."""
    entities = [
        types.MessageEntitySpoiler(4, 6),
        types.MessageEntityTextUrl(11, 6, "https://example.org/1.9999"),
        types.MessageEntityCustomEmoji(0, 3, 1),
        types.MessageEntityBold(18, 9),
    ]
    assert post(CALL, entities=entities).text == CALL


def test_line_of_the_platform_then_no_words_of_the_channel() -> None:
    """A pin, a new title, a topic."""
    for action in (types.MessageActionPinMessage(), types.MessageActionChatEditTitle(CALL)):
        line = types.MessageService(id=8, peer_id=types.PeerChannel(1), date=AT, action=action)
        assert (post_of(GOLD, line).service, post_of(GOLD, line).text) == (True, "")


def test_message_when_it_has_no_date_then_a_post_too_old_for_anything() -> None:
    """Nothing that Telegram sends may end the reading."""
    bare = types.Message(id=7, peer_id=types.PeerChannel(1), message=CALL, date=None)
    assert (post_of(GOLD, bare).posted_at, post_of(GOLD, bare).edited_at) == (0, None)


def test_album_when_its_posts_come_then_one_name_and_each_its_own_number() -> None:
    """The caption stands in one of them, mostly the first; it is read where it stands."""
    photo = types.MessageMediaPhoto(
        photo=types.Photo(id=5, access_hash=1, file_reference=b"", date=AT, sizes=[], dc_id=2)
    )
    first, second = post(CALL, media=photo, grouped_id=77), post("", media=photo, grouped_id=77)
    assert (first.album, second.album) == ("77", "77")
    assert read(first.text).signals
    assert not read(second.text).signals
