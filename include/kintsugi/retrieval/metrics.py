"""Measures of a ranking against judgements, as trec_eval defines them."""

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], judged: Mapping[str, int], k: int) -> float:
    """Return nDCG@k with linear gains (Järvelin and Kekäläinen 2002; gain = grade, discount log2(rank + 1)), 0…1."""
    gained = sum(max(judged.get(id, 0), 0) / math.log2(rank + 1) for rank, id in enumerate(ranking[:k], 1))
    ideal = sorted((grade for grade in judged.values() if grade > 0), reverse=True)[:k]
    best = sum(grade / math.log2(rank + 1) for rank, grade in enumerate(ideal, 1))
    return gained / best if best else 0.0


def recall(ranking: Sequence[str], judged: Mapping[str, int], k: int) -> float:
    """Return the share of the relevant that is among the first k, 0…1."""
    relevant = {id for id, grade in judged.items() if grade > 0}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], judged: Mapping[str, int]) -> float:
    """Return 1/rank of the first relevant one, 0 when none was found."""
    return next((1.0 / rank for rank, id in enumerate(ranking, 1) if judged.get(id, 0) > 0), 0.0)
