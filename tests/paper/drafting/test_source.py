import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.paper.check import check_text
from tripos.paper.diagnostic import Fault
from tripos.paper.drafting import draft_file, draft_text, source
from tripos.paper.drafting.tex import plain
from tripos.paper.reader import read_paper

LATEX = r"""\documentclass{exam} % the class
\title{Nets, resit}
\date{1 March 2020}
\begin{document}
\maketitle
Answer in \textbf{one} sentence.
\begin{questions}
\question[4] Which of these is \emph{linear}?
  \begin{choices}
    \choice a rectifier
    \CorrectChoice the identity % always
  \end{choices}
\question[6] Let \(x = 2\).
  \begin{parts}
    \part[2] Give $x^2$.
    \begin{solution}
      Four.
    \end{solution}
    \part[4] Complete:
    \begin{tabular}{l|l}
      layer & size \\ \hline
      first & 3 \\
    \end{tabular}
    \includegraphics[width=3cm]{net.pdf}
    \begin{align}
      y &= x \\
      z &= y
    \end{align}
  \end{parts}
\end{questions}
\end{document}
never read
"""


def pdf(*pages):
    """Return a PDF with lines of text on its pages, written by hand."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, lines in enumerate(pages):
        shown = " ".join(
            f"({line.replace('(', chr(92) + '(').replace(')', chr(92) + ')')}) Tj T*" for line in lines
        )
        stream = f"BT /F1 12 Tf 14 TL 50 700 Td {shown} ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * i} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return out.encode("latin-1")


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_latex_becomes_a_paper(tmp_path):
    made = draft_file(written(tmp_path, "old.tex", LATEX))
    paper, _ = read_paper(made.text, "paper.md")
    assert (paper.title, str(paper.meta["date"])) == ("Nets, resit", "2020-03-01")
    assert [(q.id, q.points) for q in paper.walk()] == [("q1", 4), ("q2", 6), ("q2-a", 2), ("q2-b", 4)]
    (choice,) = [c for q in paper.walk() for c in q.choices()]
    assert [(o.ticked, o.text) for o in choice.options] == [(False, "a rectifier"), (True, "the identity")]
    assert "```answer\nFour.\n```" in made.text
    assert "| layer | size |\n|---|---|\n| first | 3 |" in made.text
    assert "Let $x = 2$" in made.text
    assert "image 'net.pdf'" in made.text
    assert "Answer in **one** sentence." in made.text
    assert "$$\\begin{aligned}\n" in made.text
    assert "never read" not in made.text
    assert [d for d in check_text(made.text).diagnostics if d.severity == "error"] == []


def test_pdf_becomes_a_paper(tmp_path):
    data = pdf(
        ["Nets", "40 minutes", "1. (3 points) Why is it deep?"],
        ["2. (4 points) Which?", "[x] one", "[ ] two"],
    )
    made = draft_file(written(tmp_path, "old.pdf", data))
    paper, _ = read_paper(made.text, "paper.md")
    assert made.summary().startswith("2 questions, 7 points")
    assert (paper.title, paper.meta["minutes"]) == ("Nets", 40)
    (choice,) = [c for q in paper.walk() for c in q.choices()]
    assert [o.ticked for o in choice.options] == [True, False]


@pytest.mark.parametrize(
    ("name", "data", "message", "remedy"),
    [
        ("old.docx", "x", "this kind of file is not read", "save it as"),
        ("old", "x", "a name without an ending", "save it as"),
        ("old.txt", "", "the file is empty", "check the path"),
        ("old.txt", b"a\0b", "the file is binary", "text, or a PDF"),
        ("old.txt", "x" * 400_001, "too long for an exam", "cut it"),
        ("old.pdf", b"%PDF-1.4 and nothing", "the PDF cannot be read", "save it anew"),
        ("old.pdf", pdf([]), "the pages hold no text", "text recognition"),
        ("old.pdf", pdf(*[["a"]] * 201), "the PDF is too long", "at most 200"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, data, message, remedy):
    path = written(tmp_path, name, data)
    with pytest.raises(Fault) as caught:
        draft_file(path)
    assert message in str(caught.value)
    assert remedy in str(caught.value)
    assert str(caught.value).startswith(f"{path}:1: error: ")


def test_a_large_file_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 3)
    with pytest.raises(Fault, match="too large"):
        draft_file(written(tmp_path, "old.txt", "1. Why?"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Fault, match="cannot read the old exam: No such file"):
        draft_file(tmp_path / "old.txt")


def test_a_protected_pdf_is_refused(tmp_path):
    from pypdf import PdfReader, PdfWriter

    path = written(tmp_path, "old.pdf", pdf(["1. Why?"]))
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    with pytest.raises(Fault, match="the PDF is encrypted"):
        draft_file(path)


def test_an_old_encoding_is_read(tmp_path):
    made = draft_file(written(tmp_path, "old.txt", "1. (2 points) Prüfe die Lösung.".encode("cp1252")))
    assert "Prüfe die Lösung." in made.text


PIECES = st.sampled_from(
    r"\begin{enumerate} \end{enumerate} \item \question[3] \part[1.5] \begin{tabular}{ll} \end{tabular} & \\ "
    r"% \\[ \( \end{align} \begin{align} \begin{verbatim} \section{A} \includegraphics{a} \textbf{ } {{ }} "
    r"[[ ]] \CorrectChoice".split(" ")
)


@settings(max_examples=80, deadline=None)
@given(st.lists(PIECES | st.just("\n"), max_size=50).map(" ".join))
def test_whatever_the_latex_the_draft_is_a_paper(text):
    made = draft_text(plain("\\begin{document}\n" + text) + "x", Path("old.tex"))
    assert [str(d) for d in check_text(made.text).diagnostics if d.severity == "error"] == []


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200), at=st.integers(0, 700))
def test_a_damaged_pdf_is_refused_or_read(tmp_path_factory, data, at):
    whole = pdf(["1. (2 points) Why?"])
    path = written(tmp_path_factory.mktemp("old"), "old.pdf", whole[:at] + data + whole[at + len(data) :])
    with contextlib.suppress(Fault):
        draft_file(path)
