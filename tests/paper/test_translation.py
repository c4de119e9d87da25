import pytest

from paper.small import errors, fence
from tripos.paper.check import check_text
from tripos.paper.report import Answer, Figure, Options, Rubric, Said, Text

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


# -- model answers, workings and options --

ANSWERED = (
    "## Why {#why points=2}\n\n"
    + fence("given", "w = 1")
    + "\n"
    + fence(
        "working", "# Add one, \n# as told.\n# fr: Ajouter un,\n# comme dit.\n# note: shown to all\nz = w + 1"
    )
    + "\n"
    + fence("rubric", "2  says so")
    + "\n"
    + fence("answer", "It is {{z}}.")
    + "\n"
    + fence("answer {lang=fr}", "C'est {{z}}.")
    + '\n## Which {points=1}\n\n- [x] yes {fr="oui"}\n\n    It is. {fr="Si."}\n\n- [ ] no\n'
)


def contents(kind, language):
    report = check_text(paper(body=ANSWERED), language=language)
    assert not report.diagnostics
    return [c for q in report.questions for c in q.contents if isinstance(c, kind)]


@pytest.mark.parametrize(
    ("language", "said", "answer"),
    [
        ("en", "Add one, as told.", "It is $2$."),
        ("fr", "Ajouter un, comme dit. note: shown to all", "C'est $2$."),
        ("de", "Add one, as told.", "It is $2$."),
    ],
)
def test_sentences_and_model_answers_are_translated(language, said, answer):
    assert [c.text for c in contents(Said, language)] == [said]
    assert [c.text for c in contents(Answer, language)] == [answer]


@pytest.mark.parametrize(
    ("language", "texts"), [("en", ["yes", "no"]), ("fr", ["oui", "no"]), ("de", ["yes", "no"])]
)
def test_options_and_their_reasons_are_translated(language, texts):
    (choice,) = contents(Options, language)
    assert [option.text for option in choice.options] == texts
    assert [option.reason for option in choice.options] == ["Si." if language == "fr" else "It is.", ""]


def test_each_sentence_is_translated_apart():
    code = "# One.\n# fr: Un.\nz = w + 1\n\n# Two.\ny = z + 1\n\n# Three.\n# fr: Trois.\n# de: Drei."
    body = "## Q {points=1}\n\n[[y]]\n" + fence("given", "w = 1") + "\n" + fence("working", code)
    said = {}
    for language in ("en", "fr", "de"):
        report = check_text(paper(body=body), language=language)
        assert not report.diagnostics
        said[language] = [c.text for c in report.questions[0].contents if isinstance(c, Said)]
    assert said["en"] == ["One.", "Two.", "Three."]
    assert said["fr"] == ["Un.", "Two.", "Trois."]
    assert said["de"] == ["One.", "Two.", "Drei."]


def test_codes_that_the_paper_does_not_have_are_ordinary_comments():
    report = check_text(
        paper("", "## Q {points=1}\n\n[[y]]\n" + fence("working", "# fr: as is\ny = constant(1) + 1"))
    )
    assert not report.diagnostics
    assert [c.text for c in report.questions[0].contents if isinstance(c, Said)] == ["fr: as is"]


@pytest.mark.parametrize(
    ("front", "body", "found"),
    [
        (
            LANGUAGES,
            ANSWERED.replace("# Add one, \n# as told.\n", ""),
            (14, "a translation stands below the sentence that it translates"),
        ),
        (LANGUAGES, ANSWERED.replace("lang=fr", "lang=it"), (30, "the paper has no language 'it'")),
        ("", ANSWERED.replace("fr=", "holds="), (28, "the paper has one language")),
        (LANGUAGES, ANSWERED.replace('oui"', 'oui" it="si"'), (36, "an option has no attribute 'it'")),
        (
            LANGUAGES,
            ANSWERED.replace('Si."', 'Si." it="si"'),
            (36, "the reason of an option has no attribute 'it'"),
        ),
    ],
)
def test_what_is_wrong_with_translations_is_said_at_its_line(front, body, found):
    assert found in errors(check_text(paper(front, body)))


@pytest.mark.parametrize(("language", "words"), [("en", "Layers."), ("fr", "Couches."), ("de", "Layers.")])
def test_the_words_for_a_figure_are_translated(language, words):
    body = "## A {points=1}\n\n- [x] a\n- [ ] b\n\n" + fence(
        'figure {alt="Layers." fr="Couches."}', "network(1, 2)"
    )
    report = check_text(paper(body=body), language=language)
    assert not report.diagnostics
    assert [c.alternative for c in report.questions[0].contents if isinstance(c, Figure)] == [words]
    assert errors(check_text(paper("", body))) == [(10, "a figure block has no attribute 'fr'")]


def test_a_misspelt_insert_in_a_translation_is_found():
    body = ANSWERED.replace('fr="oui"', 'fr="${{v}}$"')
    assert errors(check_text(paper(body=body), language="en")) == [(36, "no name 'v' is known here")]


# -- rubrics, errata and published keys --

REMARKED = (
    "```erratum\nThe cover lies.\n```\n\n```erratum {lang=fr}\nLa couverture ment.\n```\n\n"
    "## Why {#why points=3}\n\n"
    + fence("rubric", "2  says so\n\n1  and why")
    + "\n"
    + fence("rubric {lang=fr}", "2  le dit\n1  et pourquoi")
    + "\n"
    + fence("erratum", "One of {{w}}.")
    + "\n"
    + fence("erratum {lang=fr}", "Un de {{w}}.")
    + "\n"
    + fence("erratum {lang=en}", "Two.")
    + "\n"
    + fence("given", "w = 1")
    + "\n"
    + fence("working", "z = w + 1")
    + "\n"
    + fence('published {erratum="A slip." fr="Une erreur."}', "z = 3")
)


@pytest.mark.parametrize(
    ("language", "rows", "notes", "reason"),
    [
        ("en", ("says so", "and why"), ["The cover lies.", "One of $1$.", "Two."], "A slip."),
        ("fr", ("le dit", "et pourquoi"), ["La couverture ment.", "Un de $1$.", "Two."], "Une erreur."),
        ("de", ("says so", "and why"), ["The cover lies.", "One of $1$.", "Two."], "A slip."),
    ],
)
def test_rubrics_and_errata_are_translated(language, rows, notes, reason):
    report = check_text(paper(body=REMARKED), language=language)
    assert report.ok
    (question,) = report.questions
    (rubric,) = [c for c in question.contents if isinstance(c, Rubric)]
    assert rubric.rows == ((2, rows[0]), (1, rows[1]))
    assert [note.text for note in (*report.notes, *question.notes)] == notes
    assert [erratum.reason for erratum in question.errata] == [reason]


def test_each_erratum_is_listed_once_and_in_the_papers_own_language():
    found = check_text(paper(body=REMARKED), language="fr").diagnostics
    assert [(d.severity, d.message) for d in found] == [
        ("note", "The cover lies."),
        ("note", "One of $1$."),
        ("note", "Two."),
        ("erratum", "the published key of z is wrong"),
    ]
    assert found[-1].help == "A slip."


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("1  et pourquoi", "2  et pourquoi", (25, "a translated rubric has the points of the paper's own")),
        ("\n1  et pourquoi", "", (24, "a translated rubric has a line for each of the paper's own")),
        ("1  et pourquoi", "et pourquoi", (25, "a line of a rubric is points and what earns them")),
        (
            "```rubric {lang=fr}",
            "Well.\n\n```rubric {lang=fr}",
            (25, "a translation stands directly below the rubric that it translates"),
        ),
        (
            fence("erratum", "One of {{w}}."),
            "Well.\n",
            (30, "a translation stands directly below the erratum that it translates"),
        ),
        (
            fence("erratum {lang=en}", "Two."),
            fence("erratum {lang=fr}", "Deux."),
            (36, "the erratum is translated into 'fr' twice"),
        ),
        ("rubric {lang=fr}", "rubric {lang=it}", (23, "the paper has no language 'it'")),
        ('erratum="A slip." ', "", (48, "a published block has no erratum that could be translated")),
        ('fr="Une', 'it="Une', (48, "a published block has no attribute 'it'")),
        ("w + 1", "w + 2", (49, "the erratum does not differ: z is 3")),
        ("Un de {{w}}", "Un de {{v}}", (33, "no name 'v' is known here")),
    ],
)
def test_what_is_wrong_with_translated_rubrics_and_errata_is_said_at_its_line(old, new, found):
    assert REMARKED.count(old) == 1
    assert found in errors(check_text(paper(body=REMARKED.replace(old, new)), language="en"))


@pytest.mark.parametrize(("kind", "words"), [("rubric", "1  so"), ("erratum", "So.")])
def test_a_paper_in_one_language_has_nothing_to_translate(kind, words):
    body = "## A {points=1}\n\n" + fence("rubric", "1  so") + "\n" + fence(f"{kind} {{lang=fr}}", words)
    assert (11, "the paper has one language") in errors(check_text(paper("", body)))


# -- the front matter --

TITLED = (
    "title: {en: Small, fr: Petit}\naids: {fr: [une règle], en: [a ruler, a pen]}\n"
    "course: C\nlanguages: [en, fr, de]\n"
)


@pytest.mark.parametrize(
    ("language", "title", "aids"),
    [
        ("en", "Small", ["a ruler", "a pen"]),
        ("fr", "Petit", ["une règle"]),
        ("de", "Small", ["a ruler", "a pen"]),
    ],
)
def test_the_front_matter_is_translated(language, title, aids):
    report = check_text(f"---\n{TITLED}---\n\n## A {{points=1}}\n\n- [x] a\n- [ ] b\n", language=language)
    assert not report.diagnostics
    assert (report.title, report.meta["aids"], report.meta["course"]) == (title, aids, "C")


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("title: {en: Small, fr: Petit}\n", 2),
        ("languages: [en, fr]\ntitle: {en: Small, it: Piccolo}\n", 3),
        ("languages: [en, fr]\ntitle: {fr: Petit}\n", 3),
        ("languages: [en, fr]\ntitle: {}\n", 3),
        ("languages: [en, fr]\ntitle: {en: Small, fr: [Petit]}\n", 3),
    ],
)
def test_what_the_front_matter_says_is_in_the_languages_of_the_paper(front, line):
    found = errors(check_text(f"---\n{front}---\n\n## A {{points=1}}\n\n- [x] a\n- [ ] b\n"))
    assert found == [(line, "title must be a text, or one for each language")]
