"""Price files in the varieties that exist, and the faults people really have in them."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.errors import SourceUnreadable
from signalos_tui.execute.feeds.columns import Unrecognised, recognise
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.feeds.files import PriceFiles, symbol_in
from signalos_tui.execute.feeds.times import moment

BEGINNING = -(2**60)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(*files: str, **options: object) -> list[FeedTick]:
    return list(PriceFiles(files, **options).ticks(BEGINNING))  # type: ignore[arg-type]


def test_metatrader_bars_when_read_then_bid_bars_with_their_spread(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "EURUSD_M1_202401020000_202401020001.csv",
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
        "2024.01.02\t00:00:00\t1.10450\t1.10460\t1.10440\t1.10455\t63\t0\t7\n"
        "2024.01.02\t00:01:00\t1.10455\t1.10470\t1.10420\t1.10425\t80\t0\t12\n",
    )
    ticks = read(file)
    assert [tick.bid for tick in ticks[:4]] == [1.1045, 1.1044, 1.1046, 1.10455]
    assert [tick.bid for tick in ticks[4:]] == [1.10455, 1.1047, 1.1042, 1.10425]
    assert [round(tick.ask - tick.bid, 6) for tick in ticks] == [7e-05] * 4 + [12e-05] * 4
    assert [tick.at for tick in ticks[3:5]] == [ms("2024-01-02T00:00:59.999"), ms("2024-01-02T00:01:00")]


def test_metatrader_ticks_when_a_side_is_empty_then_it_keeps_its_last_value(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "XAUUSD_ticks.csv",
        "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
        "2024.01.02\t01:00:00.100\t2063.10\t\t\t\t2\n"
        "2024.01.02\t01:00:00.200\t\t2063.40\t\t\t4\n"
        "2024.01.02\t01:00:00.300\t2063.20\t\t\t\t2\n",
    )
    assert [(tick.bid, tick.ask) for tick in read(file)] == [(2063.1, 2063.4), (2063.2, 2063.4)]


@pytest.mark.parametrize(
    "text",
    [
        "time,open,high,low,close\n2024-01-02 00:00:00,1.1,1.3,1.0,1.2\n",
        ",Open,High,Low,Close,Volume\n2024-01-02 00:00:00,1.1,1.3,1.0,1.2,5\n",
        "Datetime,Close,High,Low,Open,Volume\n2024-01-02 02:00:00+02:00,1.2,1.3,1.0,1.1,5\n",
        "Gmt time,Open,High,Low,Close,Volume\r\n02.01.2024 00:00:00.000,1.1,1.3,1.0,1.2,5\r\n",
        "Local time,Open,High,Low,Close,Volume\n02.01.2024 01:00:00.000 GMT+0100,1.1,1.3,1.0,1.2,5\n",
        "timestamp,open,high,low,close,volume\n1704153600,1.1,1.3,1.0,1.2,5\n",
        "timestamp,open,high,low,close,volume\n1704153600000,1.1,1.3,1.0,1.2,5\n",
        "unix,date,symbol,open,high,low,close\n1704153600,2024-01-02 00:00:00,X,1.1,1.3,1.0,1.2\n",
        "Date;Open;High;Low;Close\n2024-01-02;1.1;1.3;1.0;1.2\n",
        '"time","open","high","low","close"\n"2024-01-02T00:00:00Z","1.1","1.3","1.0","1.2"\n',
        "2024.01.02,00:00,1.1,1.3,1.0,1.2,100\n",
        "20240102 000000;1.1;1.3;1.0;1.2;0\n",
        "\ufefftime\topen\thigh\tlow\tclose\n2024-01-02 00:00\t1.1\t1.3\t1.0\t1.2\n",
    ],
)
def test_bars_when_written_in_any_dialect_then_the_same_ticks(tmp_path: Path, text: str) -> None:
    ticks = read("EURUSD=" + write(tmp_path, "prices.csv", text))
    assert [tick.bid for tick in ticks] == [1.1, 1.0, 1.3, 1.2]
    assert ticks[0].at == ms("2024-01-02T00:00:00")
    assert {tick.symbol for tick in ticks} == {"EURUSD"}


@pytest.mark.parametrize(
    "text",
    [
        "timestamp,bid,ask\n2024-01-02 00:00:00.295000+00:00,86.655,86.728\n",
        "20240102 000000295,86.655,86.728,0\n",
        "time;Bid Price;Ask Price\n2024-01-02T00:00:00.295Z;86.655;86.728\n",
        "ts,ask,bid\n1704153600295,86.728,86.655\n",
    ],
)
def test_ticks_when_written_in_any_dialect_then_the_same_tick(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, "usdjpy-ticks.csv", text)
    assert read(file) == [FeedTick(ms("2024-01-02T00:00:00.295"), "USDJPY", 86.655, 86.728)]


def test_gzip_and_utf16_when_given_then_read_as_they_are(tmp_path: Path) -> None:
    text = "time,bid,ask\n2024-01-02 00:00:00,1.1,1.2\n"
    packed, wide = tmp_path / "GBPUSD.csv.gz", tmp_path / "EURUSD.csv"
    packed.write_bytes(gzip.compress(text.encode()))
    wide.write_bytes(text.encode("utf-16"))
    assert [tick.symbol for tick in read(str(packed), str(wide))] == ["EURUSD", "GBPUSD"]


def test_bid_and_ask_files_when_given_together_then_joined_bar_by_bar(tmp_path: Path) -> None:
    bid = write(
        tmp_path, "gbpusd-m1-bid.csv", "time,open,high,low,close\n" + _minutes(("1.50", "1.52", "1.49", "1.51"), 3)
    )
    ask = write(
        tmp_path, "gbpusd-m1-ask.csv", "time,open,high,low,close\n" + _minutes(("1.51", "1.53", "1.50", "1.53"), 2)
    )
    ticks = read(bid, ask)
    assert len(ticks) == 12
    assert [round(tick.ask - tick.bid, 5) for tick in ticks[:4]] == [0.01, 0.01, 0.01, 0.02]
    assert round(ticks[-1].ask - ticks[-1].bid, 5) == 0.02, "a bar without its ask keeps the last spread"


def test_ask_file_when_alone_then_the_bid_is_below_it(tmp_path: Path) -> None:
    file = write(
        tmp_path, "EURUSD_ask.csv", "time,open,high,low,close\n" + _minutes(("1.50000", "1.52", "1.49", "1.51"), 1)
    )
    assert (read(file, spread=20.0)[0].bid, read(file, spread=20.0)[0].ask) == (1.4998, 1.5)


def test_spread_when_no_column_then_parameter_or_what_is_usual(tmp_path: Path) -> None:
    file = write(
        tmp_path, "XAUUSD.csv", "time,open,high,low,close\n" + _minutes(("2000.1", "2001.1", "1999.1", "2000.5"), 1)
    )
    assert round(read(file)[0].ask - read(file)[0].bid, 4) == 0.18
    assert round(read(file, spread=50)[0].ask - read(file)[0].bid, 4) == 0.5
    assert round(read(file, spreads={"XAUUSD": 5})[0].ask - read(file)[0].bid, 4) == 0.05


def test_time_zone_when_given_then_times_without_one_are_local(tmp_path: Path) -> None:
    file = write(tmp_path, "EURUSD.csv", "time,bid,ask\n2024-07-02 12:00:00,1.1,1.2\n")
    assert read(file, zone="Europe/Athens")[0].at == ms("2024-07-02T09:00:00")
    with pytest.raises(SourceUnreadable, match="Mars/Base"):
        PriceFiles([file], zone="Mars/Base")


def test_several_files_when_merged_then_in_the_order_of_time(tmp_path: Path) -> None:
    euro = write(tmp_path, "EURUSD.csv", "time,open,high,low,close\n" + _minutes(("1.1", "1.2", "1.0", "1.1"), 5))
    gold = write(tmp_path, "XAUUSD.csv", "time,open,high,low,close\n" + _minutes(("2000", "2001", "1999", "2000"), 5))
    feed = PriceFiles([gold, euro])
    ticks = list(feed.ticks(BEGINNING))
    assert feed.symbols == ("EURUSD", "XAUUSD")
    assert feed.beginning == ticks[0].at
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)
    assert len(ticks) == 40


def test_start_when_later_then_nothing_before_it(tmp_path: Path) -> None:
    file = write(tmp_path, "EURUSD.csv", "time,open,high,low,close\n" + _minutes(("1.1", "1.2", "1.0", "1.1"), 5))
    start = ms("2024-01-02T00:02:30")
    ticks = list(PriceFiles([file]).ticks(start))
    assert ticks[0].at >= start
    assert len(ticks) == 10, "two ticks of the third minute and eight of the last two"


def test_two_parts_when_they_follow_one_another_then_one_history(tmp_path: Path) -> None:
    first = write(tmp_path, "EURUSD_a.csv", "time,bid,ask\n2024-01-02 00:00:00,1.1,1.2\n")
    second = write(tmp_path, "EURUSD_b.csv", "time,bid,ask\n2024-01-03 00:00:00,1.2,1.3\n")
    assert [tick.bid for tick in read(second, first)] == [1.1, 1.2]


def test_two_parts_when_they_overlap_then_refused(tmp_path: Path) -> None:
    first = write(tmp_path, "EURUSD_a.csv", "time,bid,ask\n2024-01-02,1.1,1.2\n2024-01-04,1.1,1.2\n")
    second = write(tmp_path, "EURUSD_b.csv", "time,bid,ask\n2024-01-03,1.2,1.3\n")
    with pytest.raises(SourceUnreadable, match=r"EURUSD_b\.csv begins before the end"):
        read(first, second)


def test_bars_when_the_period_shrinks_then_no_bar_reaches_into_the_next(tmp_path: Path) -> None:
    rows = [("2024-01-02 00:00:00", 1.1), ("2024-01-03 00:00:00", 1.2), ("2024-01-03 01:00:00", 1.3)]
    text = "time,open,high,low,close\n" + "".join(f"{at},{p},{p},{p},{p}\n" for at, p in rows)
    ticks = read(write(tmp_path, "EURUSD.csv", text))
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)
    assert ticks[-1].at == ms("2024-01-03T01:59:59.999")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("time,open,high,low,close\n", "no rows"),
        ("alpha,beta,gamma\n1,2,3\n", "line 1: no column for the time"),
        ("time,open,high\n2024-01-02,1,2\n", "line 1: neither open, high"),
        ("time\n2024-01-02\n", "line 1: no three columns"),
        ("time,bid,ask\n2024-01-02,1.1,1.2\n2024-01-02 00:00:0x,1.1,1.2\n", "line 3: the time was"),
        ("time,bid,ask\n03/04/2024,1.1,1.2\n", "line 2: the time was '03/04/2024'"),
        ("time,bid,ask\n2024-01-02,1.1,none\n", "line 2: a price was 'none'"),
        ("time,bid,ask\n2024-01-02,1.1,nan\n", "line 2: a price was 'nan'"),
        ("time,bid,ask\n2024-01-02,-1.1,1.2\n", "line 2: a price was '-1.1'"),
        ("time,bid,ask\n2024-01-02,1.3,1.2\n", r"line 2: ask 1\.2 is below bid 1\.3"),
        ("time,bid,ask\n\n2024-01-02,1.1,1.2\n2024-01-01,1.1,1.2\n", "line 4: the time is before"),
        ("time,open,high,low,close\n2024-01-02,1.1,1.0,0.9,1.0\n", "line 2: open 1.1, high 1.0"),
        ("time,open,high,low,close\n2024-01-02,1,1,1,1\n2024-01-02,1,1,1,1\n", "line 3: the time is not after"),
        ("time,open,high,low,close\n2024-01-02,1,1,1\n", "line 2: 4 columns instead of 5"),
        ("time,open,high,low,close,spread\n2024-01-02,1,1,1,1,-3\n", "line 2: the spread was '-3'"),
        ("time,bid,ask\n2024-01-02,1.1\x00,1.2\n", "line 2 holds a NUL"),
        ("time,bid,ask\n2024-01-02,1.1,1.2" + " " * 5000 + "\n", "line 2 is longer"),
    ],
)
def test_fault_when_in_the_file_then_place_and_next_step(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SourceUnreadable, match=complaint) as caught:
        read(write(tmp_path, "EURUSD.csv", text))
    assert "EURUSD.csv" in caught.value.text
    assert caught.value.remedy


def test_fault_when_deep_in_the_file_then_the_right_line(tmp_path: Path) -> None:
    text = "time,open,high,low,close\n" + _minutes(("1.1", "1.2", "1.0", "1.1"), 900) + "2024-01-05,1.1,x,1.0,1.1\n"
    with pytest.raises(SourceUnreadable, match="line 902: a price was 'x'"):
        read(write(tmp_path, "EURUSD.csv", text))


def test_gzip_when_damaged_then_said_so(tmp_path: Path) -> None:
    path = tmp_path / "EURUSD.csv.gz"
    path.write_bytes(gzip.compress(b"time,bid,ask\n" + b"2024-01-02,1.1,1.2\n" * 5000)[:60])
    with pytest.raises(SourceUnreadable, match=r"EURUSD\.csv\.gz"):
        read(str(path))


def test_file_when_missing_then_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="cannot be read: No such file"):
        PriceFiles([tmp_path / "EURUSD.csv"])
    with pytest.raises(SourceUnreadable, match="no price file"):
        PriceFiles([])


def test_symbol_when_the_name_does_not_say_then_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="SYMBOL="):
        PriceFiles([write(tmp_path, "prices.csv", "time,bid,ask\n2024-01-02,1.1,1.2\n")])


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("EURUSD_M1_202301.csv", "EURUSD"),
        ("nautical-gbpusd-m1-bid-2012.csv.gz", "GBPUSD"),
        ("XAUUSD.m_H1.csv", "XAUUSD"),
        ("my US30 export.csv", "US30"),
        ("BTCUSDT-1m-2024.csv", "BTCUSDT"),
        ("nzdcad.csv", "NZDCAD"),
        ("prices_2024.csv", ""),
        ("tickdata.csv", ""),
    ],
)
def test_symbol_when_in_the_name_then_found(name: str, symbol: str) -> None:
    assert symbol_in(name) == symbol


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31 13:45:10", "2024-01-31T13:45:10"),
        ("2024.01.31 13:45", "2024-01-31T13:45:00"),
        ("20240131 134510123", "2024-01-31T13:45:10.123"),
        ("31.01.2024 13:45:10.5", "2024-01-31T13:45:10.5"),
        ("2024-01-31T13:45:10+05:30", "2024-01-31T08:15:10"),
        ("2024-01-31", "2024-01-31T00:00:00"),
        ("1706708710", "2024-01-31T13:45:10"),
        ("1706708710.5", "2024-01-31T13:45:10.5"),
        ("1706708710500", "2024-01-31T13:45:10.5"),
        ("1706708710500000", "2024-01-31T13:45:10.5"),
        ("1706708710500000000", "2024-01-31T13:45:10.5"),
    ],
)
def test_moment_when_in_any_spelling_then_the_same(text: str, expected: str) -> None:
    assert moment(text) == ms(expected)


@pytest.mark.parametrize("text", ["", "soon", "03/04/2024", "2024-13-01", "2024-01-32", "2024-01-01 25:00", "9" * 30])
def test_moment_when_not_one_then_refused(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        moment(text)


@given(st.integers(0, 3_800_000_000_000))
@settings(max_examples=60)
def test_moment_when_iso_then_the_same_as_the_library(at: int) -> None:
    written = datetime.fromtimestamp(at // 1000, UTC).replace(microsecond=at % 1000 * 1000, tzinfo=None)
    assert moment(written.isoformat(sep=" ", timespec="milliseconds")) == at


@given(st.binary(max_size=300) | st.text(alphabet="0123456789.,;:-\t\n timeopnhglcsbdak", max_size=300).map(str.encode))
@settings(max_examples=200)
def test_files_when_garbage_then_unreadable_never_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "EURUSD-garbage.csv"
    path.write_bytes(content)
    try:
        ticks = read(str(path))
    except SourceUnreadable as error:
        seen = str(error)
    else:
        seen = path.name
        assert all(tick.ask >= tick.bid > 0 for tick in ticks)
    assert path.name in seen


@given(st.text(max_size=80))
@settings(max_examples=100)
def test_first_row_when_anything_then_recognised_or_refused(row: str) -> None:
    try:
        columns = recognise(row)
    except Unrecognised:
        return
    assert len(columns.prices) in (2, 4)


def _minutes(prices: tuple[str, str, str, str], count: int) -> str:
    hours = [(minute // 60, minute % 60) for minute in range(count)]
    return "".join(f"2024-01-02 {hour:02}:{minute:02}:00,{','.join(prices)}\n" for hour, minute in hours)
