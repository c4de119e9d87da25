from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tripos.paper.check import check_text
from tripos.paper.diagnostic import Fault
from tripos.paper.drafting import draft_text
from tripos.paper.reader import read_paper

SMALL = r"""# Neural networks, resit

June 3rd, 2021. You have 90 minutes. 20 points in total. Version B

Part 1: Choices (8 points)

1. (4 points) How many weights has a layer from 3 to 2 units, without biases?
□ 5
■ 6
□ none of the above

Solution: Three times two.

- 2. (4 points) Which of these functions is bounded?
 - $\Box \exp(x)$
 - $\tanh(x)$
 - \square the identity

Part 2: Problems (12 points)

Problem 1: A small network (12 points)

![the network](net.png)

1. [**5pts**] Fill in the table.

<TAB>first<TAB>second
units<TAB><TAB>
weights<TAB>6<TAB>4

2. (7 pt) Give the loss $L_{{\theta}} = [[a]]$ for:

$$\mathbf{{w}} = \begin{bmatrix} 1 \\ 2 \end{bmatrix}$$

Answer:
It is $-\log 2$.

Then nothing changes.
""".replace("<TAB>", "\t")


def draft(text, name="old.txt"):
    return draft_text(text, Path(name))


def read(made):
    paper, found = read_paper(made.text, "paper.md")
    assert [str(d) for d in found if d.severity == "error"] == []
    return paper


def errors(made):
    return [str(d) for d in check_text(made.text).diagnostics if d.severity == "error"]


def test_a_small_exam_becomes_a_paper():
    made = draft(SMALL)
    paper = read(made)
    assert made.summary() == "4 questions, 20 points: adds up"
    assert paper.meta["title"] == "Neural networks, resit"
    assert (str(paper.meta["date"]), paper.meta["minutes"]) == ("2021-06-03", 90)
    assert (paper.meta["version"], paper.meta["points"]) == ("B", 20)
    assert [(q.level, q.id, q.points) for q in paper.walk()] == [
        (1, "choices", 8),
        (2, "q1-1", 4),
        (2, "q1-2", 4),
        (1, "problems", 12),
        (2, "a-small-network", 12),
        (3, "q2-problem1-1", 5),
        (3, "q2-problem1-2", 7),
    ]
    assert check_text(made.text).diagnostics == []


def test_options_keep_their_text_and_ticks():
    first, second = [q for q in read(draft(SMALL)).walk() if q.choices()]
    assert [(o.ticked, o.text) for o in first.choices()[0].options] == [
        (False, "5"),
        (True, "6"),
        (False, "none of the above"),
    ]
    assert [(o.ticked, o.text) for o in second.choices()[0].options] == [
        (False, r"$\exp(x)$"),
        (True, r"$\tanh(x)$"),
        (False, "the identity"),
    ]
    assert [b.text for b in second.blocks("published")] == ["choice = b\n"]
    assert [b.text.strip() for b in first.blocks("answer")] == ["Three times two."]


def test_text_keeps_tables_and_formulas_and_names_images():
    text = draft(SMALL).text
    assert "|  | first | second |\n|---|---|---|\n| units |  |  |\n| weights | 6 | 4 |" in text
    assert r"\mathbf{ {w}}" in text
    assert "[ [a]]" in text
    line = SMALL.splitlines().index("![the network](net.png)") + 1
    assert f"<!-- missing: image 'the network', line {line} of the old exam -->" in text
    assert "```answer\nIt is $-\\log 2$.\n\nThen nothing changes.\n```" in text
    assert "make each cell that is to be filled a blank" in text


@pytest.mark.parametrize(
    ("spelling", "points"),
    [
        ("(2pts)", 2),
        ("[**3pts**]", 3),
        ("(10 points)", 10),
        ("(15 point)", 15),
        ("($2pt$)", 2),
        ("[4 Marks]", 4),
        ("(5 Punkte)", 5),
    ],
)
def test_points_in_many_spellings(spelling, points):
    made = draft(f"Exam\n\n1. {spelling} What is a node?\n2. Why so?\n\n   $3pt$\n")
    assert [q.points for q in read(made).walk()] == [points, 3]


@pytest.mark.parametrize("spelling", ["(2.5 points)", "(0,5 pts)"])
def test_half_points_are_left_out_and_reported(spelling):
    made = draft(f"Exam\n\n1. {spelling} What is a node?\n2. (2 points) And an edge?\n")
    assert [q.points for q in read(made).walk()] == [None, 2]
    assert any("whole points" in doubt.message for doubt in made.doubts)


def test_points_that_do_not_add_up_are_reported_and_left_out():
    made = draft(
        "Exam with 9 points in total\n\nPart 1: All (8 points)\n\n1. (3 points) Why?\n\n2. (4 points) How?\n"
    )
    assert made.summary() == (
        "2 questions, 7 points: does not add up: "
        "All has 8, those below it 7; the exam says 9, its questions 7"
    )
    assert errors(made) == []
    assert "8 points are printed here, but those below add up to 7" in made.text


def test_two_options_without_a_box_are_not_guessed():
    made = draft("Exam\n\n1. (2 points) Which?\n - □ one\n - two\n - □ three\n - four\n")
    assert "{#q1 points=2 accept=0}" in made.text
    assert (
        "<!-- unsure: line 5 of the old exam: options b, d have no box: which of them was ticked?"
        in made.text
    )
    assert made.ticked == 0
    assert errors(made) == []


def test_several_ticks_are_declared():
    made = draft("Exam\n\n1. (2 points) Which two?\n[x] one\n[ ] two\n[X] three\n")
    assert "accept=2" in made.text
    assert "choice = a, c" in made.text
    assert errors(made) == []


def test_lettered_options_are_ticked_by_the_printed_answer():
    made = draft("Exam\n\n1. (2 points) Which?\nA) one\nB) two\nC) three\n\nAnswer: B\n")
    (choice,) = [c for q in read(made).walk() for c in q.choices()]
    assert [o.ticked for o in choice.options] == [False, True, False]


def test_an_option_goes_on_over_a_formula():
    made = draft("Exam\n\n1. (2 points) Which?\n- □ the sum\n\n$$a + b$$\n\nof both\n\n- ■ none\n- □ zero\n")
    (choice,) = [c for q in read(made).walk() for c in q.choices()]
    assert [o.text for o in choice.options] == ["the sum $$a + b$$ of both", "none", "zero"]


def test_a_list_inside_a_question_is_no_question():
    made = draft(
        "Exam\n\n1. What does SGD do?\n\n2. Put these in order:\n\n2. step\n\n1. sample\n\n"
        "3. What is a batch?\n\n4. What is a step?\n"
    )
    assert [q.id for q in read(made).walk()] == ["q1", "q2", "q3", "q4"]
    assert [d.line for d in made.doubts if "out of order" in d.message] == [7, 9]


def test_a_number_that_is_missing_holds_its_place():
    made = draft("Exam\n\n1. (2 points) Why?\n\n3. (2 points) How?\n")
    assert [q.id for q in read(made).walk()] == ["q1", "q2", "q3"]
    assert any(d.message.startswith("2 was not found") for d in made.doubts)


def test_nesting_follows_the_order_of_styles_not_the_level_of_headings():
    made = draft(
        "# Exam\n\n#### 1 (4pts) First\n\n- 1. (2pts) Why?\n  - (a) How?\n  - (b) When?\n- 2. (2pts) Who?\n\n"
        "# 2 (3pts) Second\n\n- 1. (3pts) What?\n\n## Formulas\n\nNone.\n"
    )
    assert [(q.level, q.id) for q in read(made).walk()] == [
        (1, "first"),
        (2, "q1-1"),
        (3, "q1-1-a"),
        (3, "q1-1-b"),
        (2, "q1-2"),
        (1, "second"),
        (2, "q2-1"),
        (1, "formulas"),
    ]
    assert made.summary() == "3 questions, 2 sub-questions, 7 points: adds up"


def test_points_after_a_list_are_those_of_the_question():
    made = draft(
        "Exam\n\n(a) Sort these:\n   1. step\n   2. sample\n   Say why. [20 marks]\n(b) Why? [2 marks]\n"
    )
    assert [(q.id, q.points) for q in read(made).walk()] == [
        ("q1", 20),
        ("q1-1", None),
        ("q1-2", None),
        ("q2", 2),
    ]
    assert any("20 points after 2" in d.message for d in made.doubts)


def test_roman_numbers_stand_below_letters():
    made = draft("Exam\n\na) Let x be 2.\n  i) Why? [2 marks]\n  ii) How? [3 marks]\nb) When? [1 mark]\n")
    assert [(q.level, q.points) for q in read(made).walk()] == [(2, None), (3, 2), (3, 3), (2, 1)]
    assert made.doubts == ()


def test_dotted_numbers_stand_below_numbered_headings():
    made = draft(
        "# Exam\n\n## Q1. Nets (2 points)\n\n1.1 (2 points) Why?\n\n**Solution.** So.\n\n"
        "## Q2. More\n\n2.1 How?\n"
    )
    assert [(q.level, q.id) for q in read(made).walk()] == [
        (1, "nets"),
        (2, "q1-1"),
        (1, "more"),
        (2, "q2-1"),
    ]
    assert "```answer\nSo.\n```" in made.text


def test_headings_without_numbers_are_parts():
    made = draft(
        "# Exam\n\n## Basics\n\n1. (1 point) Why?\n\n## Training\n\n1. (2 points) How?\n2. (2 points) When?\n"
    )
    assert [(q.level, q.id) for q in read(made).walk()] == [
        (1, "basics"),
        (2, "q1-1"),
        (1, "training"),
        (2, "q2-1"),
        (2, "q2-2"),
    ]


def test_a_script_gives_questions_that_are_to_be_written():
    made = draft(
        "Nets\n\n1. A net of gates.\n\n2. It shrinks because slopes multiply.\n\n3. Units are dropped.\n"
    )
    assert made.script
    assert "```answer\nA net of gates.\n```" in made.text
    assert made.summary() == "3 questions, no points"
    assert errors(made) == []


def test_text_without_questions_stands_as_one():
    made = draft("There is nothing here but a sentence about loops and more.")
    assert [q.id for q in read(made).walk()] == ["q1"]


def test_a_title_is_not_made_up():
    made = draft("Show your work!\n\n1. (3 points) Why?\n", "resit_2020.txt")
    assert read(made).title == "resit 2020"
    assert any("no title" in d.message for d in made.doubts)


def test_too_many_questions_are_refused():
    with pytest.raises(Fault, match="too many questions") as caught:
        draft("".join(f"{n % 900 + 1}. Why?\n" for n in range(2000)))
    assert "cut it into exams" in str(caught.value)


HOSTILE = [
    "---\ntitle: x\n---\n",
    "1. (3 points) <!-- open\n\n2. (1 point) --> `{{a}}` {{b}} [[c]] [[[[d]]]]\n",
    "1. <script>\n\n# never closed\n\n2. ```\nopen\n",
    "1. (2 points) q\n- □ {#id points=3}\n- □ none of the above\n- [x] a set {1, 2}\n",
    "1. (2 points) q\n\ntext\n---\n\ntext\n===\n",
    "1. (2 points) none of the above\n■\n□\n",
    "Part 1: {#x} [[y]] ## {{z}}\n\n1. (1 point) `[[x]]` ~~~\n",
    "1. (0 points) a\n2. (9999 points) b\n",
    "Solution: 1. Solution: ```answer\n",
    "| a | b |\n|---|---|\n\t\t\n1.\t2\n",
    "- [ ] a\n- b\n1. c\n    - [ ] d\n  - [x] e\n> - [ ] f\n",
    "1. (1 point) a\n```\n\n```rubric\nx\n```\n````\n",
]
PIECES = st.sampled_from(
    "1. |2. |(a) |(b) |(i) |# |## |Part 1: |Problem 2. |- |■ |□ |$\\Box |[x] |[ ] |(3 points) |[**2pts**]"
    "|Solution: |\n|\n\n"
    "|```|~~~|<!--|-->|{{|}}|[[|]]|\t|$$|<b>|---|===|text|A) |B) |C) |?|![a](b)|Figure 1: "
    "|{#x points=2}|total of 5 points"
    "|none of the above|\\|`|:|2021-02-31|\u2028|  ".split("|")
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)))
@example("".join(HOSTILE))
def test_whatever_the_text_the_draft_is_a_paper(text):
    assert errors(draft(text)) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_make_papers(text):
    assert errors(draft(text)) == []


@pytest.mark.parametrize(
    "piece", ["(" + " " * 9000, "![" * 9000, "$$" * 9000, "1. \n" * 300, " \t" * 9000, "□ a\n" * 2000]
)
def test_long_texts_take_no_time(piece):
    assert errors(draft("1. (1 point) a\n" + piece)) == []
