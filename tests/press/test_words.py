import re
from pathlib import Path

import pytest

from tripos.graph.conventions import CONVENTIONS
from tripos.press.words import FRENCH, WORDS, say

PRESS = Path(__file__).parents[2] / "src" / "tripos" / "press"


def test_every_convention_can_be_said_in_every_language():
    for words in WORDS.values():
        for convention in CONVENTIONS.values():
            assert set(convention.choices.values()) <= set(words)


def test_everything_that_the_press_says_has_a_translation():
    said = set()
    for file in PRESS.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        said |= set(re.findall(r"""\bsay\(\s*["']([^"']+)["']""", source))
        said |= set(re.findall(r"""\bword\(["']([^"']+)["']""", source))
    assert {"Name", "version", "Model answer", "{}: worked solution"} <= said
    assert said <= set(FRENCH)


@pytest.mark.parametrize("words", WORDS.values())
def test_what_is_filled_in_stands_in_every_translation(words):
    assert all(english.count("{}") == translated.count("{}") for english, translated in words.items())


def test_words_without_a_translation_are_english():
    assert say("points", "fr") == say("points", "de") == "points"
    assert say("Erratum of the day", "fr") == "Erratum of the day"
    assert say("for {} only", "fr", "M2") == "pour M2 seulement"
    assert say("for {} only", "de", "M2") == "for M2 only"
