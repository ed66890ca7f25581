"""The command line: what there is, and how it ends. Each command imports what it needs when it runs, so --help is quick.

Errors are one line on stderr with the next step. Exit codes: 0 done; 1 something needs the owner; 2 the call was wrong;
3 a check found faults; 130 interrupted. Output that nobody reads any more (| head) is not an error.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from signalos_tui import __version__
from signalos_tui.cli_ending import ConfigOption, DataOption, end
from signalos_tui.cli_telegram import channels_app, login, sessions_app
from signalos_tui.cli_webhook import webhook

MESSAGES = "messages"


class ReadsMessages(TyperGroup):
    """A group that reads messages when no command of its own is named: `signalos parse FILE`."""

    default = MESSAGES

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what is no command for the arguments of `default`."""
        is_named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else [self.default, *args])


app = typer.Typer(
    name="signalos",
    help="A trading console for the terminal: from a published signal to a managed position.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
journal_app = typer.Typer(help="The record of everything: check it, read it, take it along.", no_args_is_help=True)
config_app = typer.Typer(help="The configuration.", no_args_is_help=True)
parse_app = typer.Typer(
    cls=ReadsMessages, help="What messages say (signalos parse FILE, or -), and how channels were read."
)
app.add_typer(parse_app, name="parse")
app.add_typer(journal_app, name="journal")
app.add_typer(config_app, name="config")
app.add_typer(sessions_app, name="sessions")
app.add_typer(channels_app, name="channels")
app.command()(login)
app.command()(webhook)

AccountOption = Annotated[
    str, typer.Option("--account", metavar="NAME", help="One of several accounts; all of them if left out.")
]
OneAccountOption = Annotated[
    str, typer.Option("--account", metavar="NAME", help="Which account, where there are several.")
]


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Without a screen, on a simulated clock.")] = False,
    minutes: Annotated[float, typer.Option(min=0.1, max=100_000, help="Simulated minutes of a headless demo.")] = 30,
    seed: Annotated[int | None, typer.Option(help="Everything random in the demo.")] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.01, help="Simulated seconds a second; as fast as it can if left out.")
    ] = None,
    accounts: Annotated[int, typer.Option(min=1, max=3, help="So many paper accounts at once.")] = 1,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """The console on the paper terminal with living demo channels; no account, no network.

    Without --data everything is thrown away at the end; with it the journal is kept and a later demo goes on from it.
    """
    from signalos_tui.commands.demo import demo as run_demo

    end(
        lambda: run_demo(
            config=config, data=data, headless=headless, minutes=minutes, seed=seed, speed=speed, accounts=accounts
        )
    )


@app.command()
def run(
    headless: Annotated[bool, typer.Option("--headless", help="Without a screen; JSON lines on stderr.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """The engine of the configuration, with the console or without."""
    from signalos_tui.commands.run import run as run_engine

    end(lambda: run_engine(config=config, data=data, headless=headless))


@app.command()
def replay(
    export: Annotated[
        Path, typer.Argument(metavar="EXPORT", readable=False, help="A Telegram Desktop export (result.json).")
    ],
    prices: Annotated[
        list[str], typer.Option(help="Price files: bars or ticks, FILE or SYMBOL=FILE; further files may follow.")
    ],
    more: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="More price files.")] = None,
    timezone: Annotated[str, typer.Option(help="Time zone of the price files (IANA name).")] = "UTC",
    spread: Annotated[float | None, typer.Option(help="Spread in points where a file has none.")] = None,
    account: Annotated[
        str, typer.Option("--account", metavar="NAME", help="By the rules of one of your accounts.")
    ] = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Play an export through your rules on the paper terminal, as fast as it can."""
    from signalos_tui.commands.replay import replay as run_replay

    files = [*prices, *(more or [])]
    end(lambda: run_replay(export, files, zone=timezone, spread=spread, data=data, config=config, account=account))


@parse_app.command(MESSAGES)
def parse(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE|-]", readable=False, help="Messages; standard input if left out.")
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='JSON lines in ({"id", "text"}) and out.')] = False,
    config: ConfigOption = None,
) -> None:
    """What messages say: signalos parse [FILE|-]. Plain text is one message; blocks between lines of --- are several."""
    from signalos_tui.commands.parse import parse as run_parse

    end(lambda: run_parse(file, jsonl=jsonl, config=config))


@parse_app.command("report")
def parse_report(
    channel: Annotated[str, typer.Option(metavar="X", help="One channel, by its id or its title.")] = "",
    days: Annotated[int, typer.Option(min=0, max=36_500, help="Only the last so many days; 0 for all.")] = 0,
    account: AccountOption = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """How each channel was read: acted on, held and why, ignored, missed, week by week, and what it could be taught."""
    from signalos_tui.commands.learning import report

    end(lambda: report(data, channel=channel, days=days, config=config, account=account))


@parse_app.command("export-training")
def parse_export_training(
    account: OneAccountOption = "",
    data: DataOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", readable=False, help="JSON lines; the output if left out.")
    ] = None,
) -> None:
    """Posts that were held, missed or corrected, with the reader's reading and yours, as JSON lines."""
    from signalos_tui.commands.learning import export_training

    end(lambda: export_training(data, out, account))


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
    account: AccountOption = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Look at everything the engine needs; each finding comes with its remedy."""
    from signalos_tui.commands.doctor import doctor as run_doctor

    end(lambda: run_doctor(data=data, config=config, as_json=as_json, account=account))


@app.command()
def gateway(
    paper: Annotated[bool, typer.Option("--paper", help="The paper terminal in the place of MetaTrader.")] = False,
    listen: Annotated[
        str | None, typer.Option(metavar="PLACE", help="unix:PATH or HOST:PORT; beyond this machine only with TLS.")
    ] = None,
    terminal: Annotated[str | None, typer.Option(metavar="PATH", help="The path of terminal64.exe.")] = None,
    login: Annotated[int | None, typer.Option(min=1, help="The account; no other is ever served.")] = None,
    server: Annotated[str | None, typer.Option(help="Its trade server, spelled as in MetaTrader.")] = None,
    max_lot: Annotated[float | None, typer.Option(help="The largest volume of one order, lots.")] = None,
    symbols: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="Only these are traded, spelled as at the broker.")
    ] = None,
    real: Annotated[
        bool, typer.Option("--real", help="It is real money; without this a real account is refused.")
    ] = False,
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask for the account's password; else the terminal's own is used.")
    ] = False,
    init: Annotated[
        bool, typer.Option("--init", help="Make token and certificate, print the fingerprint, and end.")
    ] = False,
    dump_symbols: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the broker's symbols to a file, and end.")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Stand beside a MetaTrader 5 terminal and let one console trade it.

    Ctrl-C ends it in order, with exit code 0; 1 is that something needs you, and one line says what. Secrets are no options: the
    token is in a file of the data folder, the account's password is the one that MetaTrader has saved.
    """
    from signalos_tui.commands.gateway import Options
    from signalos_tui.commands.gateway import gateway as run_gateway

    options = Options(
        paper=paper, listen=listen, terminal=terminal, login=login, server=server, max_lot=max_lot, symbols=symbols,
        real=real, ask_password=ask_password, init=init, dump=dump_symbols,
    )  # fmt: skip
    end(lambda: run_gateway(options, config=config, data=data))


@app.command()
def symbols(
    choose: Annotated[
        list[str] | None,
        typer.Option("--choose", metavar="NAME=BROKER'S", help="Say which of the broker's a name is: XAUUSD=GOLD.pro."),
    ] = None,
    never: Annotated[
        list[str] | None, typer.Option("--never", metavar="NAME", help="Never trade it on this account.")
    ] = None,
    account: OneAccountOption = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """What names of signals mean at the account's broker: certain, chosen, to be chosen, missing."""
    from signalos_tui.commands.symbols import symbols as list_symbols

    pairs = dict(_pair(one) for one in choose or ())
    end(lambda: list_symbols(data, config=config, choose=pairs, never=never or (), account=account))


def _pair(text: str) -> tuple[str, str]:
    name, _, chosen = text.partition("=")
    if not name or not chosen:
        raise typer.BadParameter(f"it was {text!r}, and is written as XAUUSD=GOLD.pro", param_hint="--choose")
    return name, chosen


@app.command()
def version() -> None:
    """Print the version."""
    end(_tell_version)


@config_app.command("check")
def config_check(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", readable=False, help="The file; the one in use if left out.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Check a configuration: unknown keys with the nearest right name, wrong values, each with file and line."""
    from signalos_tui.commands.doctor import check_config

    end(lambda: check_config(file or config))


@journal_app.command("verify")
def journal_verify(account: AccountOption = "", data: DataOption = None) -> None:
    """Check every record, the hash chain, the projections and snapshots. Exit code 3 on any fault."""
    from signalos_tui.commands.journal import verify

    end(lambda: verify(data, account))


@journal_app.command("export")
def journal_export(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", readable=False, help="The file to write, one JSON object a line.")
    ],
    account: OneAccountOption = "",
    data: DataOption = None,
) -> None:
    """Write every record to a file."""
    from signalos_tui.commands.journal import export

    end(lambda: export(data, out, account))


@journal_app.command("tail")
def journal_tail(
    count: Annotated[int, typer.Option("-n", "--lines", min=1, max=100_000, help="How many records.")] = 20,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Records as JSON lines.")] = False,
    account: OneAccountOption = "",
    data: DataOption = None,
) -> None:
    """The last records."""
    from signalos_tui.commands.journal import tail

    end(lambda: tail(data, count, jsonl=jsonl, account=account))


@journal_app.command("show")
def journal_show(
    signal: Annotated[str, typer.Argument(metavar="SIGNAL", help='A signal\'s id, "demo:aurum/2041#1".')],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Records as JSON lines.")] = False,
    account: AccountOption = "",
    data: DataOption = None,
) -> None:
    """Everything that was written about one signal: its post, reading, decision, legs, updates and commands."""
    from signalos_tui.commands.journal import show

    end(lambda: show(data, signal, jsonl=jsonl, account=account))


@journal_app.command("rebuild")
def journal_rebuild(account: AccountOption = "", data: DataOption = None) -> None:
    """Make the tables for screens and questions anew from the records."""
    from signalos_tui.commands.journal import rebuild

    end(lambda: rebuild(data, account))


def main() -> None:
    """Run the command line."""
    _complete_streams()
    app()


def _tell_version() -> int:
    print(f"signalos {__version__}")
    return 0


def _complete_streams() -> None:
    # A stream that was closed before we began leaves its number to the next file that is opened: the journal's, say, and
    # what is meant for the terminal would end up in there. What a terminal cannot show becomes a question mark.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 (it stays open)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
