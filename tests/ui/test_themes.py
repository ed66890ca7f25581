"""Themes are complete, legible, and never the reason a console does not start."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color
from textual.theme import Theme

from signalos_tui.ui.themes import DEFAULT, DESK, load_themes, read_theme, shipped, usable

THEMES = load_themes().themes
GROUNDS = ("background", "surface", "panel")
TEXTS = sorted(set(DESK) - {"faint"})


def luminance(color: Color) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2)."""
    bright, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_themes_when_loaded_then_at_least_four_and_none_is_broken() -> None:
    assert load_themes().problems == ()
    assert {DEFAULT, "signalos-light", "high-contrast", "colour-blind-safe"} <= {theme.name for theme in THEMES}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: str(theme.name))
def test_a_theme_of_ours_when_read_then_it_defines_every_variable_itself(theme: Theme) -> None:
    assert set(DESK) <= set(theme.variables)
    text = (shipped() / f"{theme.name}.toml").read_text(encoding="utf-8")
    assert all(f"\n{name} = " in text for name in DESK)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: str(theme.name))
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_when_on_any_ground_then_they_can_be_read(theme: Theme, ground: str) -> None:
    wanted = 7.0 if theme.name == "high-contrast" else 4.5
    behind = str(getattr(theme, ground))
    weak = {name: round(contrast(theme.variables[name], behind), 2) for name in TEXTS}
    weak["foreground"] = contrast(str(theme.foreground), behind)
    assert {name: ratio for name, ratio in weak.items() if ratio < wanted} == {}


def test_gains_and_losses_when_red_and_green_look_alike_then_still_apart() -> None:
    """Deuteranopia and protanopia as Machado et al. (2009) simulate them, in linear light."""
    theme = next(theme for theme in THEMES if theme.name == "colour-blind-safe")
    matrices = (
        ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
        ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    )
    for matrix in matrices:
        seen = []
        for name in ("profit", "loss"):
            rgb = Color.parse(theme.variables[name]).normalized
            linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
            seen.append([sum(weight * value for weight, value in zip(row, linear, strict=True)) for row in matrix])
        assert sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5 > 0.4


GOOD = (shipped() / f"{DEFAULT}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('primary = "#5b9bd8"', 'primary = "blu"', '[colors] primary was "blu"'),
        ('buy = "#6cb2f5"', 'bye = "#6cb2f5"', "[desk] bye is no variable"),
        ("dark = true", "drak = true", "drak"),
        ('background = "#0d1117"\n', "", "background"),
        ("[desk]", "[desk", "at line"),
        ("[desk]", '[textual]\nscrolbar = "#000000"\n[desk]', "[textual] scrolbar"),
    ],
)
def test_a_theme_when_broken_then_left_out_and_told(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text(GOOD.replace(old, new), encoding="utf-8")
    loaded = load_themes(tmp_path)
    assert "mine" not in {theme.name for theme in loaded.themes}
    assert len(loaded.problems) == 1
    assert loaded.problems[0].startswith("Theme mine.toml is left out: ")
    assert says in loaded.problems[0]


def test_a_theme_when_not_even_text_then_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_bytes(b"\xff\xfe\x00")
    assert len(load_themes(tmp_path).problems) == 1


def test_a_theme_of_the_owner_when_named_like_ours_then_it_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / f"{DEFAULT}.toml").write_text(GOOD.replace("#5b9bd8", "#123456"), encoding="utf-8")
    loaded = load_themes(tmp_path)
    assert [theme.primary for theme in loaded.themes if theme.name == DEFAULT] == ["#123456"]


def test_a_theme_when_unknown_then_the_default_and_a_sentence() -> None:
    assert usable("dusk", {"dusk", DEFAULT}) == ("dusk", "")
    name, problem = usable("disk", {"dusk", DEFAULT})
    assert name == DEFAULT
    assert problem == "There is no theme disk; signalos-dark is used. Known: dusk, signalos-dark"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: str(theme.name))
async def test_a_theme_when_chosen_then_its_variables_reach_the_styles(theme: Theme) -> None:
    app = App[None](css_path=None)
    async with app.run_test() as pilot:
        app.register_theme(theme)
        app.theme = theme.name
        await pilot.pause()
        assert app.theme_variables["buy"] == theme.variables["buy"]


def test_a_theme_when_read_from_bytes_then_it_is_named_as_told() -> None:
    assert read_theme("x", GOOD.encode()).name == "x"
