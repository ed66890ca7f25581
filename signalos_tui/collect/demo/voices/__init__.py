"""The invented providers, one a file. Any likeness to a real channel is in the habits, not in the words."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Voice
from signalos_tui.collect.demo.voices.aurum import AURUM
from signalos_tui.collect.demo.voices.harbour import HARBOUR
from signalos_tui.collect.demo.voices.kante import KANTE
from signalos_tui.collect.demo.voices.kompas import KOMPAS
from signalos_tui.collect.demo.voices.mizan import MIZAN
from signalos_tui.collect.demo.voices.orbit import ORBIT
from signalos_tui.collect.demo.voices.pulso import PULSO
from signalos_tui.collect.demo.voices.rocket import ROCKET

VOICES: tuple[Voice, ...] = (AURUM, ORBIT, KOMPAS, MIZAN, PULSO, HARBOUR, KANTE, ROCKET)
"""In the order in which they are shown."""
