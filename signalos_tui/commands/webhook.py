"""`signalos webhook`: where alerts are posted, where the token is, and a message to paste into TradingView."""

from __future__ import annotations

import json
from pathlib import Path

from signalos_tui.commands.beside import hooks_folder, token_file, token_of
from signalos_tui.commands.places import configuration, data_folder
from signalos_tui.errors import ConfigInvalid
from signalos_tui.harmless import one_line

TEMPLATE = {
    "id": "{{ticker}} {{timenow}} {{strategy.order.id}}",
    "sent": "{{timenow}}",
    "ticker": "{{ticker}}",
    "action": "{{strategy.order.action}}",
    "market_position": "{{strategy.market_position}}",
    "prev_market_position": "{{strategy.prev_market_position}}",
    "price": "{{close}}",
    "sl": "{{plot_0}}",
    "tp": "{{plot_1}}",
}
"""What a strategy's alert says; docs/sources.md names every field."""
HIDDEN = "THE TOKEN"


def webhook(*, config: Path | None, data: Path | None, show_token: bool) -> int:
    """Tell what there is, and make the token where there is none. show_token: put it into the message, on this screen.

    Raises ConfigInvalid: it is not switched on, or says too little. OperatorNeeded: the token cannot be had.
    """
    settings = configuration(config)
    folder = data_folder(data)
    table = settings.webhook
    if not settings.takes_alerts:
        raise ConfigInvalid("no alerts are taken", "Set enabled = true under [webhook]")
    hooks_folder(folder)
    token = token_of(table, folder, make=True)
    where = token_file(table, folder) or table.token_env or f"the keyring entry {table.token_keyring}"
    print(f"listens on   {one_line(table.listen)}{'' if table.is_local else ', reached from other machines'}")
    for hook in table.hooks:
        print(f"posts go to  /hook/{hook}    channel hook:{hook}")
    print(f"token        {one_line(str(where))}")
    print(f"posted from  {', '.join(table.allow_from) or 'anywhere, with the token'}")
    print("\nA message for a strategy's alert; plot_0 is your stop and plot_1 your target:\n")
    print(json.dumps({"token": token.reveal() if show_token else HIDDEN, **TEMPLATE}, indent=2))
    if not show_token:
        print("\nWith the token in it: signalos webhook --show-token")
    return 0
