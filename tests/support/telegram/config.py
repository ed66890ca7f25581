"""The answer to help.getConfig: the data centres there are, each a server of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from telethon.tl import types

DC = 2


def config(dc: int, ports: Mapping[int, int], now: datetime) -> types.Config:
    """What a client needs to know of its data centres; the figures are those of Telegram's own. dc: this one. ports: of each."""
    return types.Config(
        date=now,
        expires=now,
        test_mode=False,
        this_dc=dc,
        dc_options=[types.DcOption(number, "127.0.0.1", port) for number, port in ports.items()],
        dc_txt_domain_name="",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=172_800,
        revoke_time_limit=2_147_483_647,
        revoke_pm_time_limit=2_147_483_647,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        channels_read_media_period=604_800,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://t.me/",
        caption_length_max=1_024,
        message_length_max=4_096,
        webfile_dc_id=dc,
    )
