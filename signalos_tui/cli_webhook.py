"""The part of the command line that is about alerts over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from signalos_tui.cli_ending import ConfigOption, DataOption, end


def webhook(
    show_token: Annotated[
        bool, typer.Option("--show-token", help="Put the token into the message, on this screen.")
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Where alerts are posted, where the token is, and a message to paste into TradingView."""
    from signalos_tui.commands.webhook import webhook as show

    end(lambda: show(config=config, data=data, show_token=show_token))
