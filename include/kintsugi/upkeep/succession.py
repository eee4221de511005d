"""Whether one document may answer in another's place."""

from kintsugi.records import Document

_SENSITIVITY = {"public": 0, "internal": 1, "confidential": 2}
_DISTRUST = {"trusted": 0, "reviewed": 1, "untrusted": 2}


def distrust(document: Document) -> int:
    """Return how little a document is trusted; 0 is trusted."""
    return _DISTRUST[document.labels.trust]


def hindrance(hidden: Document, kept: Document) -> str:
    """Return why ``kept`` must not answer in the place of ``hidden``; "" when it may."""
    if distrust(kept) > distrust(hidden):
        return f"{_name(kept)} is {kept.labels.trust}, and {_name(hidden)} is {hidden.labels.trust}"
    wide = "everyone" in kept.labels.access or set(hidden.labels.access) <= set(kept.labels.access)
    lower = _SENSITIVITY[kept.labels.sensitivity] <= _SENSITIVITY[hidden.labels.sensitivity]
    if not (wide and lower and kept.labels.region == hidden.labels.region):
        return f"not everybody who may read {_name(hidden)} may read {_name(kept)}"
    return ""


def _name(document: Document) -> str:
    return f"{document.source}/{document.external_id}"
