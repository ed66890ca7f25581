"""What a channel may do: who said it, whether it counts on an account, and what config.toml takes for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.config import Config, Giver, Permit, load, permit
from signalos_tui.errors import ConfigInvalid
from signalos_tui.model.account import Account, is_real
from signalos_tui.model.messages import Policy
from tests.evaluate.cases import ACCOUNT

PAPER, ASK, TRADE = Policy.PAPER, Policy.ASK, Policy.TRADE
REAL = replace(ACCOUNT, is_demo=False)
BROKERS_DEMO, PAPER_ACCOUNT = ACCOUNT, replace(ACCOUNT, is_paper=True, is_demo=False)
ROOM, TITLE = "tg:-1001", "Gold VIP"


def said(**layers: str | None) -> Config:
    """A configuration with a policy under the id and the title, where one is given; an empty text for another key alone."""
    names = {"id": ROOM, "title": TITLE}
    written = {names[key]: {"policy": value} if value else {"enabled": True} for key, value in layers.items()}
    return replace(Config(), channels=written)


def test_money_when_not_known_to_be_nobodys_then_real() -> None:
    assert [is_real(one) for one in (PAPER_ACCOUNT, BROKERS_DEMO, REAL, None)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("config", "chosen", "policy", "by"),
    [
        (Config(), None, PAPER, Giver.NOBODY),
        (said(id="trade"), None, TRADE, Giver.ID),
        (said(title="trade"), None, TRADE, Giver.TITLE),
        (said(id="ask", title="trade"), None, ASK, Giver.ID),
        (
            said(id="", title="trade"),
            None,
            PAPER,
            Giver.NOBODY,
        ),  # a table of its own hides the title's, as for every key
        (said(id="trade"), PAPER, PAPER, Giver.CONSOLE),
        (said(title="paper"), TRADE, TRADE, Giver.CONSOLE),
    ],
)
def test_policy_when_said_in_several_places_then_the_nearest_counts(
    config: Config, chosen: Policy | None, policy: Policy, by: Giver
) -> None:
    assert permit(config, ROOM, TITLE, chosen) == Permit(policy, by)


@pytest.mark.parametrize("policy", list(Policy))
def test_title_when_the_money_is_real_then_it_allows_nothing(policy: Policy) -> None:
    """Its owner can give it to any channel, also one that is somebody else's id."""
    found = permit(said(title=policy), ROOM, TITLE)
    assert [found.on(account) for account in (PAPER_ACCOUNT, BROKERS_DEMO, REAL, None)] == [
        policy,
        policy,
        PAPER,
        PAPER,
    ]
    stolen = permit(said(id=policy), "tg:-1002", ROOM)
    assert (stolen.by, stolen.on(REAL)) == (Giver.TITLE, PAPER)


@given(
    config=st.builds(
        lambda layers: replace(Config(), channels=layers),
        st.dictionaries(
            st.sampled_from([ROOM, TITLE, "x"]), st.sampled_from([{}, *({"policy": one} for one in Policy)])
        ),
    ),
    title=st.sampled_from([TITLE, ROOM, "x", ""]),
    chosen=st.sampled_from([None, *Policy]),
    account=st.sampled_from([REAL, None]),
)
def test_real_money_when_neither_console_nor_id_says_so_then_nothing_is_opened(
    config: Config, title: str, chosen: Policy | None, account: Account | None
) -> None:
    found = permit(config, ROOM, title, chosen)
    said_so = chosen if chosen is not None else Policy(config.channels.get(ROOM, {}).get("policy", PAPER))
    assert found.on(account) is said_so
    assert found.opens_nothing_on(account) is (said_so is PAPER)
    assert not found.opens_nothing_on(BROKERS_DEMO)


def test_policy_when_written_then_it_is_no_setting_of_single_signals(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[channels."{ROOM}"]\npolicy = "ask"\nrisk = {{ value = 2 }}\n', encoding="utf-8")
    config = load(path, {})
    assert permit(config, ROOM).policy is ASK
    assert config.trading(ROOM).risk.value == 2
    assert load(None, {f"SIGNALOS_CHANNELS__{ROOM}__POLICY": "trade"}).channels[ROOM] == {"policy": "trade"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[channels.X]\n\npolicy = "papr"\n',
            'line 3: channels.X.policy was "papr", must be "paper", "ask" or "trade"',
        ),
        ('[channels.X]\n\npolicy = "\\u001b[2J"\n', 'policy was "␛[2J", must be'),
        ("[channels.X]\n\npolicy = true\n", "line 3: channels.X.policy: must be a text in quotes, was true or false"),
        ('[channels.X.symbols.Y]\n\npolicy = "paper"\n', 'line 3: unknown key "policy"'),
        ('[symbols.Y]\n\npolicy = "paper"\n', 'line 3: unknown key "policy"'),
        ('[accounts.Y]\n\npolicy = "paper"\n', 'line 3: unknown key "policy"'),
        ('policy = "paper"\n', 'line 1: unknown key "policy"'),
        ('[channels.X]\n\npolice = "paper"\n', 'did you mean "policy"?'),
    ],
)
def test_policy_when_wrong_or_elsewhere_then_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigInvalid) as caught:
        load(path, {})
    assert says in caught.value.text
