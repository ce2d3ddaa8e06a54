"""The glossary is law: each word has one meaning, and the definitions use no other."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from procedures.catalogue import builtin_keys, read_builtin

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
# Words in capitals that are no acronym: numerals, names, and what a state or a kind is called.
NO_ACRONYM = re.compile(r"[IVX]+|BIENESTAR|AREA|ID|[A-Z]{9,}")


def meanings() -> list[tuple[str, str]]:
    rows = [
        (cells[0].strip(), cells[1].strip())
        for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and len(cells := line.strip("|").split("|")) >= 2
    ]
    rows = [row for row in rows if row[0] not in ("Word", "Key")]
    assert len(rows) > 100, "the tables of the glossary were not found"
    return rows


def definitions() -> list[str]:
    keys = list(builtin_keys())
    assert keys
    return keys


def titles(section: object, name: str) -> dict[str, str]:
    assert isinstance(section, dict)
    return {key: value if isinstance(value, str) else value[name] for key, value in section.items()}


def test_each_word_has_one_meaning() -> None:
    twice = [word for word, count in Counter(word for word, _ in meanings()).items() if count > 1]

    assert not twice


@pytest.mark.parametrize("key", definitions())
def test_a_definition_names_roles_and_documents_as_the_glossary_does(key: str) -> None:
    glossary = dict(meanings())
    definition = yaml.safe_load(read_builtin(key))

    used = titles(definition["roles"], "title") | titles(definition.get("documents", {}), "name")
    other = {word: (title, glossary.get(word)) for word, title in used.items() if glossary.get(word) != title}

    assert used
    assert not other, f"definition, then glossary: {other}"


@pytest.mark.parametrize("key", definitions())
def test_a_definition_uses_no_acronym_that_the_glossary_does_not_explain(key: str) -> None:
    glossary = {word for word, _ in meanings()}
    definition = yaml.safe_load(read_builtin(key))

    said = " ".join(
        [definition["title"]]
        + [str(step.get("says", "")) for step in definition["steps"]]
        + list(titles(definition["roles"], "title").values())
        + list(titles(definition.get("documents", {}), "name").values())
    )
    acronyms = set(re.findall(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z]*\b", said))
    unknown = {word for word in acronyms - glossary if not NO_ACRONYM.fullmatch(word)}

    assert acronyms
    assert not unknown
