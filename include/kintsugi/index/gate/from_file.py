"""The user's own golden queries: `golden.jsonl`, one JSON object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kintsugi.documents.references import References
from kintsugi.errors import DataError
from kintsugi.index.gate.query import GoldenQuery, as_asked
from kintsugi.stores.records import RecordStore

MOST_BYTES = 100_000
MOST_CHARACTERS = 4_000
HIGHEST_GRADE = 100
HIGHEST_WEIGHT = 1_000.0
EXAMPLE = '{"query": "how do I …?", "relevant": ["runbooks/07-….md"]}'


def read_golden(records: RecordStore, path: Path) -> Iterator[GoldenQuery | DataError]:
    """Yield a query for each good line, and for each other line an error that says what is wrong with it.

    A line has ``query`` and ``relevant``: a list of documents, or an object document → grade (1 … 100, 0 for not
    relevant). A document is named by its external id, by ``source/external id``, or by its id. ``weight`` (above 0, 1
    where it is missing) says how much the query counts. Other keys are the user's own. No file is no line.
    """
    try:
        numbered = enumerate(_lines(path), 1)
        references = References(records)
        seen: dict[str, int] = {}
        for number, line in numbered:
            if not line.strip():
                continue
            try:
                query = _query(line, references)
                _require(query.text not in seen, "a query of its own", f"that of line {seen.get(query.text)}")
            except DataError as error:
                yield _placed(error, path, number)
            else:
                seen[query.text] = number
                yield query
    except FileNotFoundError:
        return
    except OSError as error:
        yield DataError(
            f"golden queries {path}: can't be read",
            expected="a file that this user may read",
            got=error.strerror or type(error).__name__,
            next_step="correct its permissions, or the setting `golden`",
        )


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines, a longer one than `MOST_BYTES` as its beginning only: memory stays flat whatever the file is."""
    with path.open("rb") as file:
        while line := file.readline(MOST_BYTES + 1):
            rest = line
            while len(rest) > MOST_BYTES and not rest.endswith(b"\n"):
                rest = file.readline(MOST_BYTES + 1)
            yield line


def _query(line: bytes, references: References) -> GoldenQuery:
    values = _values(line)
    text = values.get("query")
    _require(isinstance(text, str) and bool(text.strip()), "query, a text", _shown(text))
    text = as_asked(str(text))
    _require(len(text) <= MOST_CHARACTERS, f"query, at most {MOST_CHARACTERS} characters", f"{len(text)}")
    _require(_is_unicode(text), "query, a text of valid Unicode", "half of a surrogate pair")
    weight = values.get("weight", 1)
    _require(
        _is_number(weight) and 0 < weight <= HIGHEST_WEIGHT, "weight, a number above 0, up to 1000", _shown(weight)
    )
    graded = isinstance(values.get("relevant"), dict)
    grades = _grades(values.get("relevant"), references)
    return GoldenQuery(text, grades, "golden", weight=float(weight), graded=graded)


def _values(line: bytes) -> dict[str, Any]:
    _require(len(line) <= MOST_BYTES, f"a line of at most {MOST_BYTES:,} bytes", "a longer one")
    try:
        values = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError("", expected="UTF-8", got=f"byte {line[error.start]:#04x} at {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise DataError("", expected=f"a JSON object like {EXAMPLE}", got=f"{error}") from error
    _require(isinstance(values, dict), f"a JSON object like {EXAMPLE}", _shown(values))
    return dict(values)


def _grades(relevant: Any, references: References) -> dict[str, int]:
    named = dict.fromkeys(relevant, 1) if _is_list_of_texts(relevant) else relevant
    expected = "relevant, a list of documents or an object document → grade"
    _require(isinstance(named, dict) and bool(named), expected, _shown(relevant))
    for name, grade in named.items():
        is_grade = isinstance(grade, int) and not isinstance(grade, bool) and 0 <= grade <= HIGHEST_GRADE
        _require(is_grade, f"a grade of 0 … {HIGHEST_GRADE} for {name!r}", _shown(grade))
    wanted = [name for name, grade in named.items() if grade > 0]
    _require(bool(wanted), "a relevant document with a grade above 0", "none")
    grades: dict[str, int] = {}
    for name in wanted:
        document = references.document(name)
        grades[document.id] = max(named[name], grades.get(document.id, 0))
    return grades


def _require(condition: bool, expected: str, got: str) -> None:
    if not condition:
        raise DataError("", expected=expected, got=got)


def _placed(error: DataError, path: Path, number: int) -> DataError:
    what = f"golden queries {path.name}, line {number}" + (f": {error.what}" if error.what else "")
    step = error.next_step or "correct the line, or remove it; it is left out until then"
    return DataError(what, expected=error.expected, got=error.got, next_step=step)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _shown(value: Any) -> str:
    said = "nothing" if value is None else json.dumps(value, ensure_ascii=True)
    return said if len(said) <= 80 else said[:79] + "…"
