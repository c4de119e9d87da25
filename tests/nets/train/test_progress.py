import sys

from tripos.nets.train.progress import Progress


def test_the_bar_shows_the_latest_losses(capsys):
    with Progress(3, 1, shown=True) as bar:
        bar.step({"epoch": 2, "seconds": 0.1, "loss": 0.12345, "dev accuracy": 0.5})
    said = capsys.readouterr().err
    assert "2/3" in said
    assert "loss 0.1235  dev accuracy 0.5" in said


def test_nothing_is_shown_where_nobody_looks(capsys):
    assert not sys.stderr.isatty()
    with Progress(3, 0) as bar:
        bar.step({"epoch": 1, "loss": 1.0})
    assert capsys.readouterr() == ("", "")
