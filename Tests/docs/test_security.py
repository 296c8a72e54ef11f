"""docs/security.md names tests that there are: a file of each link, and each quoted name in it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
TEXT = PAGE.read_text(encoding="utf-8")
# A link, and the names in quotes that follow it before the next link.
PROOFS = re.findall(r"\]\(([^)]+)\)((?:(?!\]\()[^|\n])*)", TEXT)
ROWS = re.findall(r"^\| ([A-Z]\d+) \| ", TEXT, re.M)


def names(text):
    return re.findall(r'"([^"]+)"', text)


@pytest.mark.parametrize("link, rest", PROOFS, ids=lambda value: value[-40:] if isinstance(value, str) else None)
def test_a_proof_is_there(link, rest):
    file = (PAGE.parent / link).resolve()
    assert file.is_file(), f"{link} is not there"
    text = file.read_text(encoding="utf-8").replace('\\"', '"')
    for name in names(rest):
        assert name in text, f"{link} has no test {name!r}"


def test_a_row_without_a_proof_says_that_it_is_open():
    for line in TEXT.splitlines():
        if re.match(r"\| [A-Z]\d+ \|", line):
            cell = line.split(" | ")[-1]
            assert "**open**" in cell or "](" in cell or "Maitre speaks HTTP/1.1" in cell, line


def test_every_attack_has_its_row():
    wanted = [f"A{n}" for n in range(1, 14)] + [f"J{n}" for n in range(1, 19)] + [f"R{n}" for n in range(1, 12)] + [f"S{n}" for n in range(1, 7)]
    wanted += [f"F{n}" for n in range(1, 11)]
    assert ROWS == wanted + [f"I{n}" for n in range(1, 6)] + ["P1"]
