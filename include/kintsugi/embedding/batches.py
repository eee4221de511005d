"""How texts are put into batches for the model."""

from collections.abc import Sequence

TOKENS_PER_TEXT = 16
"""What ``embedding.batch_size`` counts: texts of this many tokens. A batch holds that many tokens, padding included.

The default batch, 512 tokens, stays within a core's own cache through all layers; four times as many take a tenth
(torch) to a third (onnxruntime) longer a token.
"""


def by_length(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Return positions in batches of at most ``budget`` padded tokens, longest texts first; one text at least a batch.

    Texts of equal length lie together, so hardly anything is padded; and a batch of bounded tokens, rather than of a
    fixed number of texts, keeps a batch of long texts within the processor's cache. Longest first: memory peaks at the
    start, not at the end. Equal lengths keep their order.
    """
    order = sorted(range(len(lengths)), key=lambda position: -lengths[position])
    batches: list[list[int]] = []
    start = 0
    while start < len(order):
        longest = max(1, lengths[order[start]])
        end = start + max(1, budget // longest)
        batches.append(order[start:end])
        start = end
    return batches
