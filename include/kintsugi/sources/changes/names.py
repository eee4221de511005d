"""A document's ``_id`` as an external id, and back."""

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from kintsugi.sources.naming import safe_name

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


def name_of(values: Sequence[Any]) -> str:
    """Return the name of the one key: an object id as its digits, text as it is, others as MongoDB's extended JSON.

    Different keys have different names: text that looks like another kind is quoted.
    """
    from bson import ObjectId, json_util

    (key,) = values
    if isinstance(key, ObjectId):
        return str(key)
    if isinstance(key, str) and not _looks_otherwise(key):
        return safe_name(key)
    return safe_name(json_util.dumps(key, json_options=json_util.RELAXED_JSON_OPTIONS, ensure_ascii=False))


def keys_of(name: str) -> list[Any]:
    """Return the keys that may have this name; the one that has it is among them."""
    from bson import ObjectId, json_util

    text = unquote(name, errors="surrogateescape")
    if _OBJECT_ID.fullmatch(text):
        return [ObjectId(text)]
    try:
        return [json_util.loads(text, json_options=json_util.RELAXED_JSON_OPTIONS.with_options(tz_aware=True))]
    except (ValueError, TypeError):
        return [text]


def _looks_otherwise(text: str) -> bool:
    if _OBJECT_ID.fullmatch(text):
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
