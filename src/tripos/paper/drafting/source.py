"""The text of an old exam, from a text file, Markdown, LaTeX or PDF."""

from __future__ import annotations

import io
import logging
from pathlib import Path

from ..diagnostic import Diagnostic, Fault
from ..runner import OutOfTime
from .tex import plain

MAX_BYTES = 20_000_000
"""Largest file that is opened; a PDF may hold large images."""

MAX_CHARACTERS = 400_000
"""Longest text that is drafted from."""

MAX_PAGES = 200
"""Longest PDF that is read."""

SUFFIXES = (".txt", ".md", ".tex", ".pdf")


def read_old(path: Path) -> str:
    """Return the text of an old exam; raise Fault where it cannot be had."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise fault(
            path,
            "this kind of file is not read",
            found=suffix or "a name without an ending",
            expected=", ".join(SUFFIXES),
            help="save it as one of these first",
        )
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise fault(path, f"cannot read the old exam: {error.strerror}", help="check the path") from None
    if size > MAX_BYTES:
        raise fault(
            path, "the file is too large", found=f"{size:,} bytes", expected=f"at most {MAX_BYTES:,} bytes"
        )
    if suffix == ".pdf" or data.startswith(b"%PDF-"):
        text = _of_pdf(data, path)
    else:
        text = _decoded(data, path)
        text = plain(text) if suffix == ".tex" else text
    if len(text) > MAX_CHARACTERS:
        raise fault(
            path,
            "the text is too long for an exam",
            found=f"{len(text):,} characters",
            expected=f"at most {MAX_CHARACTERS:,}",
            help="cut it into exams",
        )
    if not text.strip():
        what = "the pages hold no text" if suffix == ".pdf" else "the file is empty"
        advice = "scanned pages need text recognition (OCR) first" if suffix == ".pdf" else "check the path"
        raise fault(path, what, help=advice)
    return text


def fault(path: Path, message: str, **details: str) -> Fault:
    """Return the exception that says what is wrong with an old exam."""
    return Fault(Diagnostic("error", str(path), 1, message, **details))


def _decoded(data: bytes, path: Path) -> str:
    if b"\0" in data:
        raise fault(
            path, "the file is binary", found="a NUL byte", expected="text, or a PDF that ends in .pdf"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # what old exams were written in


def _of_pdf(data: bytes, path: Path) -> str:
    try:
        from pypdf import PdfReader
    except ImportError:
        raise fault(path, "reading PDF needs the library pypdf", help="pip install 'tripos[draft]'") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports each oddity of a file
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise fault(path, "the PDF is encrypted", help="save it without a password")
        if len(reader.pages) > MAX_PAGES:
            found = f"{len(reader.pages)} pages"
            raise fault(path, "the PDF is too long for an exam", found=found, expected=f"at most {MAX_PAGES}")
        pages = []
        for page in reader.pages:
            pages.append(page.extract_text())
            if sum(map(len, pages)) > MAX_CHARACTERS:
                break
        return "\n".join(pages)
    except (Fault, OutOfTime):
        raise
    except Exception as error:  # a damaged file raises nearly anything
        found = f"{type(error).__name__}: {error}"[:200]
        raise fault(path, "the PDF cannot be read", found=found, help="save it anew, or as text") from None
