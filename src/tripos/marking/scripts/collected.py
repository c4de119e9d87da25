"""Scripts put together from answers that lie anywhere in a file or a folder, on disk and not in memory."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from types import TracebackType

from ...paper.diagnostic import Diagnostic, Fault
from .formats import SUFFIXES, Entry, entries
from .script import Script, script_hash

TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -8192;
    CREATE TABLE scripts (
        number INTEGER PRIMARY KEY, candidate TEXT, version TEXT, UNIQUE (candidate, version));
    CREATE TABLE answers (
        script INTEGER, blank TEXT, answer TEXT, PRIMARY KEY (script, blank)) WITHOUT ROWID;
    CREATE TABLE findings (number INTEGER PRIMARY KEY, finding TEXT);
"""

MANY = 1000
"""Names of blanks that the paper does not have, of which each is reported."""


class Scripts:
    """The scripts of a file or a folder, in the order in which candidates first appear.

    They lie in a temporary database on disk, so that a hundred thousand take no more memory than ten.
    Close it, or use it as a context manager.
    """

    def __init__(self, path: Path, named: Callable[[str], str | None], remedy: Callable[[str], str]):
        """Read all answers; raise Fault where there is no such file or folder."""
        self._named, self._remedy = named, remedy
        self._unknown: set[str] = set()
        self._store = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._store.executescript(TABLES)
        self.found = 0
        """How many findings there are."""
        self.errors = 0
        """How many of them are errors: answers that nobody could read."""
        self._last = ("", "", 0)
        if not path.exists():
            help = f"name a file or a folder with files that end in {', '.join(SUFFIXES)}"
            raise Fault(Diagnostic("error", str(path), 1, "there is no such file or folder", help=help))
        self._store.execute("BEGIN")
        for each in entries(path):
            if isinstance(each, Diagnostic):
                self._note(each)
            else:
                self._keep(each)
        self._store.execute("COMMIT")

    def __enter__(self) -> Scripts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the temporary database."""
        self._store.close()

    def __len__(self) -> int:
        return int(self._store.execute("SELECT count(*) FROM scripts").fetchone()[0])

    def __iter__(self) -> Iterator[Script]:
        return self.since(0)

    def since(self, number: int) -> Iterator[Script]:
        """Yield the scripts from a number on, counted from 0; answers come in order of their blanks."""
        rows = self._store.execute(
            "SELECT number, candidate, version, blank, answer FROM scripts LEFT JOIN answers"
            " ON script = number WHERE number >= ? ORDER BY number, blank",
            (number,),
        )
        for (_, candidate, version), group in groupby(rows, lambda row: row[:3]):
            answers = {blank: answer for _, _, _, blank, answer in group if blank is not None}
            yield Script(candidate, version, answers)

    def findings(self) -> Iterator[Diagnostic]:
        """Yield what was found wrong, in the order of the files and their lines."""
        for (text,) in self._store.execute("SELECT finding FROM findings ORDER BY number"):
            yield Diagnostic(**json.loads(text))

    def hash(self) -> str:
        """Return a SHA-256 of all scripts and their order."""
        whole = hashlib.sha256()
        for script in self:
            whole.update(script_hash(script).encode())
        return whole.hexdigest()

    def _note(self, finding: Diagnostic) -> None:
        self.found += 1
        self.errors += finding.severity == "error"
        data = json.dumps(finding.as_json())
        self._store.execute("INSERT INTO findings (finding) VALUES (?)", (data,))

    def _keep(self, entry: Entry) -> None:
        number = self._number(entry)
        for name, answer in entry.answers:
            blank = self._named(name)
            if blank is None:
                self._note_unknown(name, entry)
                blank = name
            row = (number, blank, answer)
            if self._store.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", row).rowcount:
                continue
            message = f"{entry.candidate} answers {blank} a second time; the last answer counts"
            (before,) = self._store.execute(
                "SELECT answer FROM answers WHERE script = ? AND blank = ?", (number, blank)
            ).fetchone()
            found = f"{before[:60]!r}, then {answer[:60]!r}"
            self._note(Diagnostic("warning", entry.path, entry.line, message, found=found))
            self._store.execute(
                "UPDATE answers SET answer = ? WHERE script = ? AND blank = ?", (answer, number, blank)
            )

    def _note_unknown(self, name: str, entry: Entry) -> None:
        """Note once in a file that a name calls no blank of the paper, or several."""
        if name + entry.path in self._unknown or len(self._unknown) > MANY:
            return
        self._unknown.add(name + entry.path)
        message = f"{name[:60]!r} is no name of a blank of the paper; answers to it are not marked"
        help = self._remedy(name)
        self._note(Diagnostic("error", entry.path, entry.line, message, help=help))

    def _number(self, entry: Entry) -> int:
        """Return the number of the script that an entry belongs to; a new one is the next."""
        candidate, version, number = self._last
        if (candidate, version) == (entry.candidate, entry.version):
            return number
        versions = dict(
            self._store.execute(
                "SELECT version, number FROM scripts WHERE candidate = ?", (entry.candidate,)
            ).fetchall()
        )
        number = versions.get(entry.version, -1)
        if number < 0:
            number = self._next()
            self._store.execute(
                "INSERT INTO scripts VALUES (?, ?, ?)", (number, entry.candidate, entry.version)
            )
            if versions:
                found = f"{entry.version!r}, and before {', '.join(map(repr, versions))}"
                message = f"{entry.candidate} answers a second version; each is a script of its own"
                help = "give every line of one script the same version, where it is one"
                self._note(Diagnostic("warning", entry.path, entry.line, message, found=found, help=help))
        self._last = (entry.candidate, entry.version, number)
        return number

    def _next(self) -> int:
        highest = self._store.execute("SELECT max(number) FROM scripts").fetchone()[0]
        return 0 if highest is None else int(highest) + 1


def read_scripts(
    path: Path, named: Callable[[str], str | None] = str, remedy: Callable[[str], str] = lambda name: ""
) -> Scripts:
    """Return the scripts in a file or a folder; raise Fault where there is none.

    ``named`` returns the id of the blank that a name in a script calls, or None where it calls none or
    several; ``remedy`` then says what to write instead.
    """
    return Scripts(path, named, remedy)
