"""What the channels of a soak say: chatter, calls, follow-ups and whatever else people post, each text there is only once.

A text is made of its place and its revision alone, so the truth about it need not be kept.
"""

from __future__ import annotations

from random import Random

CHATTER = (
    "Good morning traders, London opens soon, be patient.",
    "Market is slow today. We wait for a clean setup.",
    "Congratulations to all VIP members, what a week!",
    "Доброе утро! Ждём открытия рынка.",
    "صباح الخير، ننتظر افتتاح السوق",
    "Buenos días a todos, hoy hay noticias a las 14:30.",
    "おはようございます、今日は様子見です。",
    "🔥🔥🔥 +120 pips this week 🔥🔥🔥 join https://t.me/joinchat/x 50% off",
    "<b>not bold</b> [SL] [TP] [/red] \x1b[31mnot red\x1b[0m",
    "e\u0301\u0302\u0303\u0304\u0305 z\u0335\u0336\u0337a\u0335l\u0335g\u0335o\u0335 \u202eback\u202c",
    "-",
)
CALLS = (
    "XAUUSD BUY NOW {low:.2f}\nSL {low:.0f}\nTP {high:.0f}",
    "EURUSD SELL LIMIT 1.09{n:03d}\nSL 1.10500\nTP1 1.08000 TP2 1.07500",
    "GBPUSD buy @ 1.2{n:03d} sl 1.2000 tp 1.3100",
)
FOLLOW_UPS = ("Close half now", "SL to entry", "TP1 hit ✅ +40", "Cancel the pending order", "Hold")


def text_of(seed: int, room: int, number: int, revision: int) -> str:
    """The words of a post. revision: 0 as published."""
    random = Random(f"{seed}/{room}/{number}/{revision}")
    kind = random.random()
    if kind < 0.02:
        low = 3_900 + random.random() * 200
        body = random.choice(CALLS).format(low=low, high=low + 40, n=random.randrange(1_000))
    elif kind < 0.06:
        body = random.choice(FOLLOW_UPS)
    elif kind < 0.062:
        body = random.choice(CHATTER) * random.randint(20, 70)
    else:
        body = random.choice(CHATTER)
    return f"{body}\n#{number} in {room}, said for the {revision + 1}. time"[:4_096]
