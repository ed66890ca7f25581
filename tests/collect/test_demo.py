"""The demo channels: repeatable, in order, true to the price, and lively from the first minute on."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from random import Random

import pytest

from signalos_tui.collect.demo.call import Call, Turn
from signalos_tui.collect.demo.source import OPENING, DemoSource
from signalos_tui.collect.demo.voice import Kind, Reply, Voice
from signalos_tui.collect.demo.voices import VOICES
from signalos_tui.collect.demo.voices.aurum import AURUM
from signalos_tui.collect.demo.voices.harbour import HARBOUR
from signalos_tui.collect.demo.voices.mizan import MIZAN
from signalos_tui.collect.demo.voices.rocket import ROCKET
from signalos_tui.collect.demo.writer import VoiceWriter
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Deletion, Health, HealthReport, Message
from signalos_tui.model.signals import Side
from tests.collect.playing import START, Heard, played

MARKETS = {market.symbol: market for voice in VOICES for market in voice.markets}
MIDS = {"XAUUSD": 4150.0, "XAGUSD": 51.8, "BTCUSD": 98_000.0, "ETHUSD": 3400.0, "NAS100": 24_900.0, "US30": 46_800.0}


class Prices:
    """A market that a test moves by hand, or that wanders by itself with every look."""

    def __init__(self, seed: int | None = None) -> None:
        self.moved = 0.0
        self._rng = None if seed is None else Random(seed)
        self._drift: dict[str, float] = defaultdict(float)

    def __call__(self, symbol: str) -> tuple[float, float] | None:
        stride = MARKETS[symbol].stride
        if self._rng is not None:
            self._drift[symbol] += self._rng.gauss(0, 0.03)
        mid = MIDS.get(symbol, 1.25) + stride * (self.moved + self._drift[symbol])
        return mid - stride / 20, mid + stride / 20


def demo(seconds: float, since: dict[ChannelId, int] | None = None, seed: int = 7) -> Heard:
    return played(lambda clock: DemoSource(seed, clock, Prices(seed)), since, seconds=seconds)


def writer(voice: Voice, prices: Prices, seed: int = 1) -> VoiceWriter:
    return VoiceWriter(voice, Random(seed), prices, lambda _: 0.0)


def said(writer: VoiceWriter, at: int, kind: Kind) -> Message:
    (message,) = writer.write(at, kind)
    assert isinstance(message, Message)
    return message


def test_demo_when_seed_same_then_identical() -> None:
    assert demo(900) == demo(900)


def test_demo_when_seed_differs_then_other_posts() -> None:
    assert demo(120) != demo(120, seed=8)


def test_demo_when_running_then_numbers_and_times_run_forward() -> None:
    heard = demo(1800)
    numbers: dict[ChannelId, int] = {}
    for at, item in heard:
        if isinstance(item, Message) and item.edited_at is None:
            assert item.id > numbers.get(item.channel, 0)
            assert item.posted_at <= at
            numbers[item.channel] = item.id
    assert [at for at, _ in heard] == sorted(at for at, _ in heard)
    assert set(numbers) == {voice.channel.id for voice in VOICES}


def test_demo_when_restarted_then_numbers_go_on_and_posts_are_new() -> None:
    before = demo(300)
    since = {item.channel: item.id for _, item in before if isinstance(item, Message)}
    after = [item for _, item in demo(300, since) if isinstance(item, Message)]
    assert all(item.id > since[item.channel] for item in after)
    texts = {item.text for _, item in before if isinstance(item, Message)}
    assert sum(item.text not in texts for item in after) > len(after) / 2


def test_demo_when_opened_then_a_post_every_few_seconds_of_the_first_minute() -> None:
    posts = [item for at, item in demo(60) if isinstance(item, Message) and at <= START + 60_000]
    assert len(posts) >= len(OPENING)
    times = [0, *(seconds for seconds, _, _ in OPENING), 60]
    assert all(after - before <= 6 for before, after in pairwise(times))


@pytest.mark.parametrize("seed", range(5))
def test_demo_when_opened_then_trades_doubts_refusals_and_a_half_close(seed: int) -> None:
    posts = [item for _, item in demo(60, seed=seed) if isinstance(item, Message)]
    texts = [post.text for post in posts]
    assert len(texts) > len(set(texts)), "one call is posted twice"
    assert any(post.posted_at < START for post in posts), "one is late"
    assert any(post.edited_at for post in posts) or seed, "one is corrected"
    assert any(post.reply_to and ("half" in post.text.lower() or "50%" in post.text) for post in posts)


def test_demo_when_it_runs_on_then_every_kind_of_trouble_appears() -> None:
    heard = [item for _, item in demo(6 * 3600)]
    posts = [item for item in heard if isinstance(item, Message)]
    assert any(isinstance(item, Deletion) for item in heard)
    assert any(isinstance(item, HealthReport) and item.health is Health.BLIND for item in heard)
    assert any("\x1b" in post.text for post in posts)
    assert any("PLUTO" in post.text or "MOONCAT" in post.text for post in posts)
    assert any(post.edited_at for post in posts)
    assert any("٤" in post.text for post in posts)


def test_demo_when_it_runs_on_then_calm_but_never_silent() -> None:
    times = [at for at, item in demo(3600) if isinstance(item, Message | Deletion)]
    assert max(after - before for before, after in pairwise(times)) <= 25_000
    assert len(times) < 3600 / 5


def test_demo_when_blind_then_sees_again_and_that_channel_was_silent() -> None:
    blind: ChannelId | None = None
    changes = 0
    for _, item in demo(3600):
        if isinstance(item, HealthReport):
            blind = item.channel if item.health is Health.BLIND else None
            changes += 1
        else:
            assert item.channel != blind
    assert changes > len(VOICES) + 2


def test_edits_when_published_then_of_an_earlier_post_with_its_own_time() -> None:
    first: dict[tuple[ChannelId, int], Message] = {}
    edits = 0
    for _, item in demo(3600):
        if isinstance(item, Message) and item.edited_at is None:
            first[item.channel, item.id] = item
        elif isinstance(item, Message):
            original = first[item.channel, item.id]
            assert item.edited_at is not None
            assert item.edited_at > original.posted_at == item.posted_at
            assert item.text != original.text
            edits += 1
        elif isinstance(item, Deletion):
            assert (item.channel, item.id) in first
    assert edits


def test_replies_when_target_is_reached_then_said_and_not_before() -> None:
    prices = Prices()
    gold = writer(AURUM, prices)
    call = said(gold, START, Kind.CALL)
    assert gold.watch(START + 10_000) == []
    prices.moved = 1.6 if "BUY" in call.text else -1.6
    gold.watch(START + 11_000)
    (reply,) = gold.watch(START + 20_000)
    assert isinstance(reply, Message)
    assert reply.reply_to == call.id
    assert "half" in reply.text.lower()


def test_replies_when_stop_is_reached_then_admitted() -> None:
    prices = Prices()
    gold = writer(AURUM, prices)
    call = said(gold, START, Kind.CALL)
    prices.moved = -6 if "BUY" in call.text else 6
    gold.watch(START + 11_000)
    (reply,) = gold.watch(START + 20_000)
    assert isinstance(reply, Message)
    assert reply.text.startswith("SL hit")


def test_first_target_when_written_then_near_and_stop_far() -> None:
    for seed in range(30):
        prices = Prices()
        gold = writer(AURUM, prices, seed)
        said(gold, START, Kind.CALL)
        (call,) = gold._calls
        first = abs(call.targets[0] - call.entry)
        assert 0.5 * call.market.stride < first < 1.6 * call.market.stride
        assert abs(call.stop - call.entry) > 2.5 * first
        ordered = sorted((call.stop, call.entry, *call.targets))
        assert [call.stop, call.entry, *call.targets] == (ordered if call.side is Side.BUY else ordered[::-1])


def test_orders_when_waiting_then_on_the_right_side_of_the_price() -> None:
    prices = Prices()
    for seed in range(20):
        swing = writer(HARBOUR, prices, seed)
        text = said(swing, START, Kind.PENDING).text.lower()
        (call,) = swing._calls
        quote = prices(call.market.symbol)
        assert quote is not None
        assert ("limit" in text) == ((call.entry < quote[0]) == (call.side is Side.BUY))


def test_price_when_none_then_nothing_is_called() -> None:
    silent = VoiceWriter(AURUM, Random(1), lambda _: None, lambda _: 0.0)
    for kind in Kind:
        for item in silent.write(START, kind):
            assert isinstance(item, Message)
            assert "SL 4" not in item.text


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.name)
def test_voice_when_it_says_everything_it_can_then_no_template_is_broken(voice: Voice) -> None:
    prices = Prices()
    for kind in Kind:
        for seed in range(12):
            one = writer(voice, prices, seed)
            one.write(START, Kind.CALL)
            for item in (*one.write(START + 1000, kind), *one.watch(START + 60_000)):
                if isinstance(item, Message) and kind is not Kind.HOSTILE:
                    assert "{" not in item.text
    call = Call(1, voice.markets[0], voice.markets[0].names[0], Side.BUY, 10.0, 9.0, (11.0, 12.0), "", START, reached=1)
    for texts in voice.replies.values():
        for text in texts:
            assert writer(voice, prices)._reply_text(call, (text,))


def test_voices_when_listed_then_unlike_one_another() -> None:
    assert len(VOICES) >= 7
    assert len({voice.channel.id for voice in VOICES}) == len(VOICES)
    texts = [text for voice in VOICES for texts in voice.posts.values() for text in texts]
    assert len(texts) == len(set(texts))
    assert ROCKET.habits[Kind.CHATTER] > sum(ROCKET.habits.values()) / 2
    assert Reply.STOPPED not in ROCKET.replies, "a boaster never admits a stop"


def test_numerals_when_arabic_then_the_same_price() -> None:
    mizan = writer(MIZAN, Prices())
    call = Call(1, MIZAN.markets[1], "x", Side.BUY, 4152.8, 4145.0, (4154.0,), "", START)
    assert mizan._written(call, 4152.8, MIZAN.numerals) == "٤١٥٢.٨"


def test_call_when_followed_then_fills_reaches_and_ends() -> None:
    market = AURUM.markets[0]
    call = Call(1, market, "GOLD", Side.BUY, 100.0, 90.0, (105.0, 110.0), "", START, waiting=-1)
    assert call.follow(101.0, 101.2, START, 10_000) is None
    assert call.follow(99.8, 100.0, START, 10_000) is Turn.FILLED
    assert call.follow(105.0, 105.2, START, 10_000) is Turn.TARGET
    call.protect()
    assert call.follow(100.0, 100.2, START, 10_000) is Turn.STOPPED
    assert call.follow(200.0, 200.2, START, 10_000) is None
    tired = Call(1, market, "GOLD", Side.SELL, 100.0, 110.0, (95.0,), "", START)
    assert tired.follow(100.0, 100.2, START + 10_001, 10_000) is Turn.TIRED
