"""Attributes of OpenTelemetry's JSON encoding as plain values."""

from collections.abc import Mapping
from typing import Any

_SIMPLE = ("stringValue", "boolValue", "doubleValue")


def attributes_of(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span's, event's or resource's attributes, by name.

    See opentelemetry-proto, ``common.proto``: a value is one of ``stringValue``, ``boolValue``, ``intValue`` (a number
    written as text), ``doubleValue``, ``arrayValue``, ``kvlistValue`` and ``bytesValue``.
    """
    listed = holder.get("attributes")
    pairs = listed if isinstance(listed, list) else []
    return {
        str(each["key"]): _plain(each.get("value")) for each in pairs if isinstance(each, Mapping) and "key" in each
    }


def _plain(value: object) -> Any:
    if not isinstance(value, Mapping):
        return value
    for name in _SIMPLE:
        if name in value:
            return value[name]
    if "intValue" in value:
        try:
            return int(value["intValue"])
        except (TypeError, ValueError):
            return value["intValue"]
    if "arrayValue" in value:
        found = value["arrayValue"]
        values = found.get("values") if isinstance(found, Mapping) else None
        return [_plain(each) for each in values] if isinstance(values, list) else []
    if "kvlistValue" in value:
        found = value["kvlistValue"]
        return attributes_of({"attributes": found.get("values")}) if isinstance(found, Mapping) else {}
    return value.get("bytesValue")
