import pytest

from paper.small import errors, fence
from tripos.paper.check import check_text
from tripos.paper.report import Text

LANGUAGES = "language: en\nlanguages: [fr, en, de]\n"
BODY = (
    "```text {lang=fr}\nTout le monde.\n```\n\n```text {lang=en}\nEverybody.\n```\n\n"
    '## Rate {#rate points=1 fr="Pas $\\frac{1}{2}$"}\n\n'
    "```text {lang=en}\nFrom ${{w}}$\n```\n\n```text {lang=fr}\nDe ${{w}}$\n```\n\n"
    "```text {lang=en}\nOnly English.\n```\n\nFor all: [[z]].\n\n```text {lang=de}\nNur Deutsch.\n```\n\n"
    + fence("given", "w = 1")
    + "\n"
    + fence("working", "z = w + 1")
)


def paper(front=LANGUAGES, body=BODY):
    return f"---\ntitle: Small\n{front}---\n\n{body}"


def words(language):
    report = check_text(paper(), language=language)
    assert not report.diagnostics
    (question,) = report.questions
    texts = [c.text.strip() for c in [*report.preface, *question.contents] if isinstance(c, Text)]
    return report.meta["language"], question.title, texts


@pytest.mark.parametrize("language", [None, "en"])
def test_a_paper_is_in_its_own_language_unless_told_otherwise(language):
    own = ["Everybody.", "From $1$", "Only English.", "For all: \x020\x03.", "Nur Deutsch."]
    assert words(language) == ("en", "Rate", own)


def test_a_translation_stands_where_there_is_one():
    french = ["Tout le monde.", "De $1$", "Only English.", "For all: \x020\x03.", "Nur Deutsch."]
    assert words("fr") == ("fr", "Pas $\\frac{1}{2}$", french)
    assert words("de")[:2] == ("de", "Rate")


def test_every_language_is_worked():
    text = paper(body=BODY.replace("De ${{w}}$", "De ${{v}}$"))
    assert errors(check_text(text, language="en")) == [(22, "no name 'v' is known here")]


@pytest.mark.parametrize(
    ("front", "body", "message"),
    [
        ("languages: en\n", BODY, "languages must be a list of codes"),
        ("languages: [en, no]\n", BODY, "languages must be a list of codes"),
        ("language: it\nlanguages: [en, fr, de]\n", BODY, "the paper's own language 'it' is not among"),
        ("languages: [en, fr]\n", BODY, "the paper has no language 'de'"),
        ("", BODY, "the paper has one language"),
        ("", BODY, "a heading has no attribute 'fr'"),
        (LANGUAGES, BODY.replace("Only", "[[z]]"), "a blank cannot stand in a text for one language"),
        (LANGUAGES, BODY.replace("Pas $\\frac{1}{2}$", "[[z]]"), "a blank cannot stand in a heading"),
        (LANGUAGES, BODY.replace("Only English.", ""), "the text block is empty"),
    ],
)
def test_what_is_wrong_with_languages_is_said(front, body, message):
    found = errors(check_text(paper(front, body)))
    assert any(said.startswith(message) for _, said in found), found


def test_a_fence_of_plain_text_is_prose():
    report = check_text(paper("", "```text\nplain\n```\n\n## A {points=1}\n\n- [x] a\n- [ ] b\n"))
    assert not report.diagnostics
    assert "plain" in report.preface[0].text
