"""The part of the command line that speaks with Telegram: log in, end logins, choose channels."""

from __future__ import annotations

from typing import Annotated

import typer

from signalos_tui.cli_ending import ConfigOption, DataOption, end

sessions_app = typer.Typer(help="Logins to Telegram: list, test, end.", no_args_is_help=True)
channels_app = typer.Typer(help="The Telegram channels that are read.", no_args_is_help=True)

LoginArgument = Annotated[str, typer.Argument(metavar="[NAME]", help="Which login.", show_default=True)]
LoginOption = Annotated[str, typer.Option("--login", metavar="NAME", help="Which login.")]
ChannelsArgument = Annotated[
    list[str], typer.Argument(metavar="CHANNEL...", help="Each by its id, its @name or its whole title.")
]


def login(
    name: LoginArgument = "main",
    qr: Annotated[
        bool, typer.Option("--qr", help="Show a code to scan with your phone, instead of typing one.")
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Let this console read Telegram as one of your accounts: phone and code, or --qr; it never sends anything.

    NAME is how the login is called here. Nothing that is typed is kept; the session is, encrypted, in the data folder.
    """
    from signalos_tui.commands.login import login as log_in

    end(lambda: log_in(name, qr=qr, config=config, data=data))


@sessions_app.command("list")
def sessions_list(data: DataOption = None, config: ConfigOption = None) -> None:
    """The logins in the data folder; Telegram is not asked."""
    from signalos_tui.commands.channels import sessions_listed

    end(lambda: sessions_listed(config=config, data=data))


@sessions_app.command("test")
def sessions_test(name: LoginArgument = "main", data: DataOption = None, config: ConfigOption = None) -> None:
    """Ask Telegram who a login is, and from where its account is logged in."""
    from signalos_tui.commands.channels import tested

    end(lambda: tested(name, config=config, data=data))


@sessions_app.command("revoke")
def sessions_revoke(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `signalos sessions test` shows it.")],
    login: LoginOption = "main",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """End another session of the account, on whatever device it is."""
    from signalos_tui.commands.channels import revoked

    end(lambda: revoked(login, number, config=config, data=data))


@sessions_app.command("logout")
def sessions_logout(name: LoginArgument = "main", data: DataOption = None, config: ConfigOption = None) -> None:
    """End a login at Telegram and remove what is kept of it."""
    from signalos_tui.commands.channels import logged_out

    end(lambda: logged_out(name, config=config, data=data))


@channels_app.command("list")
def channels_list(
    search: Annotated[str, typer.Option(metavar="TEXT", help="Only titles and names with this in them.")] = "",
    forum: Annotated[str, typer.Option("--forum", metavar="CHANNEL", help="The topics of this one instead.")] = "",
    login: LoginOption = "main",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Channels and groups of the account, with what they are; a star for those that are followed."""
    from signalos_tui.commands.channels import listed

    end(lambda: listed(login, search, forum, config=config, data=data))


@channels_app.command("import")
def channels_import(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="By its id or its whole title; it is followed.")],
    posts: Annotated[
        int, typer.Option("--posts", metavar="N", min=1, max=20_000, help="So many older posts at most.")
    ] = 2_000,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Take older posts of a channel into the journal, to judge it by; none is traded. While a run is on: in its console.

    Asked again, it goes on further back. Ctrl-C ends it and keeps what is there.
    """
    from signalos_tui.commands.importing import import_posts

    end(lambda: import_posts(channel, posts, config=config, data=data))


@channels_app.command("follow")
def channels_follow(
    channels: ChannelsArgument, login: LoginOption = "main", data: DataOption = None, config: ConfigOption = None
) -> None:
    """Read channels from the next start on."""
    from signalos_tui.commands.channels import follow

    end(lambda: follow(login, channels, config=config, data=data))


@channels_app.command("unfollow")
def channels_unfollow(
    channels: ChannelsArgument, login: LoginOption = "main", data: DataOption = None, config: ConfigOption = None
) -> None:
    """Read channels no more from the next start on."""
    from signalos_tui.commands.channels import unfollow

    end(lambda: unfollow(login, channels, config=config, data=data))
