import re

from press.worked import final
from tripos.press.markdown import markdown
from tripos.press.selection import select


def test_the_lines_of_the_step_are_printed_in_order():
    text = markdown(select(final(), "sgd"))
    formulas = re.findall(r"\$\$(.+?)\$\$", text)
    lines = [f for f in formulas if "=" in f]
    assert [line.split(" = ")[0] for line in lines][-2:] == [r"\mathbf{w}_\text{new}", r"b_\text{new}"]
    assert lines[-1].endswith(r"-5 - \left(-\frac{1}{2}\right) = -\frac{9}{2}")
    for symbol in (r"\frac{\partial L}{\partial z}", r"\frac{\partial L}{\partial b_\text{out}}"):
        assert any(line.startswith(symbol) for line in lines)


def test_keys_stand_in_their_blanks():
    text = markdown(select(final(), "sgd"))
    assert r"**$-\frac{9}{2}$**" in text
    assert "[[" not in text
    assert "\x02" not in text


def test_irrational_keys_have_decimals_beside_them():
    text = markdown(select(final(), "attention"))
    (key,) = re.findall(r"\\mathbf p =\$ \*\*\$(.*?)\$\*\*", text)
    assert key.endswith(r"\approx \begin{bmatrix} 0.807 \\ 0.097 \\ 0.097 \end{bmatrix}")


def test_a_paper_is_printed_with_its_title_facts_choices_rubrics_and_errata():
    text = markdown(final())
    assert text.startswith("# Deep Learning, final exam\n")
    assert "120 minutes" in text
    assert "100 points" in text
    assert "### I.1 Derivative of tanh (4 points)" in text
    assert "- [x] (a) $1 - \\tanh(s)^2$" in text
    assert "- 2 points: a memory cell is carried forward additively" in text
    assert "**Erratum.** The published key says b_new = 5.5; the graph says −9/2." in text
    assert "> **Note on the source.** The printed solution says nothing on the learning rate." in text
    assert text.endswith("\n")
