"""How alike two guidelines are."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from autorefine.proportions import Floats

_TERM = re.compile(r"[A-Za-z_][\w-]*")
_BOILERPLATE = frozenset(
    _TERM.findall(
        "after before then avoid seeing of otherwise recovered succeeded no run without it to compare with within one "
        "agent version points interval p q procedure at most steps may repeat str num path hex url uuid time"
    )
)


def term_vectors(guidelines: Sequence[str]) -> Floats:
    """Return one row of term counts for each guideline; numbers and the words of our own phrasing are left out."""
    counts = [
        Counter(term for term in _TERM.findall(guideline.lower()) if term not in _BOILERPLATE)
        for guideline in guidelines
    ]
    terms = sorted({term for count in counts for term in count})
    return np.array([[count[term] for term in terms] for count in counts], dtype=np.float64).reshape(len(counts), -1)


def cosines(vectors: Floats) -> Floats:
    """Return the cosine of every pair of rows; a row of zeros is like nothing."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, norms, out=np.zeros_like(vectors, dtype=np.float64), where=norms > 0)
    similar: Floats = unit @ unit.T
    return similar
