"""A parsed document, held against its source's policy for sensitive and hostile text."""

from dataclasses import replace

from kintsugi.documents.parsed import Heading, Parsed, shortened
from kintsugi.errors import DataError
from kintsugi.sensitive.finding import KINDS
from kintsugi.sensitive.judge import Judgement, judge
from kintsugi.sensitive.policy import Policy
from kintsugi.sensitive.reading import moved

_NEXT = (
    "correct it at its source, or have its entry in sources.yaml redact it (docs/sensitive.md); released, it is quoted "
    "as it is to whoever may read the source"
)


def screened(parsed: Parsed, policy: Policy, name: str) -> Parsed:
    """Return the document as it may be stored: redacted where the policy says so, with marks where it says *label*.

    Args:
        parsed: what the parser made of it.
        policy: that of its source.
        name: external id, for messages.

    Raises:
        DataError: the policy quarantines it; ``check`` is the kind of the gravest finding. Nothing of what was found
            stands in the error.
    """
    text, title = judge(parsed.text, policy), judge(parsed.title, policy)
    for each in (text, title):
        if each.action == "quarantine":
            raise _refused(each, policy, name)
    rows = tuple(
        replace(row, sample=_shown(row.sample, policy), value=_shown(row.value, policy)) for row in parsed.refused
    )
    sensitivities = [each.sensitivity for each in (text, title) if each.sensitivity]
    return replace(
        parsed,
        title=title.text,
        text=text.text,
        headings=_moved(parsed, text, policy) if text.edits or title.edits else parsed.headings,
        refused=rows,
        marks=tuple(sorted({*text.marks, *title.marks})),
        sensitivity=sensitivities[0] if sensitivities else None,
    )


def _moved(parsed: Parsed, judged: Judgement, policy: Policy) -> tuple[Heading, ...]:
    starts = moved((each.start for each in parsed.headings), judged.edits)
    ends = moved((each.end for each in parsed.headings), judged.edits)
    return tuple(
        Heading(each.level, shortened(_shown(each.title, policy)), start, end)
        for each, start, end in zip(parsed.headings, starts, ends, strict=True)
    )


def _shown(text: str, policy: Policy) -> str:
    """Return a piece of the document as it may be shown: what would be quarantined is not."""
    judged = judge(text, policy)
    return judged.text if judged.action == "take" else f"[{judged.reason}]"


def _refused(judged: Judgement, policy: Policy, name: str) -> DataError:
    kinds = {each.kind for each in judged.findings if each.confidence >= policy.threshold}
    kind = next(each for each in KINDS if each in kinds and policy.action(each) == "quarantine")
    return DataError(
        f"document {name}: {kind} text",
        expected=f"nothing that the source's policy quarantines ({kind}: {policy.action(kind)})",
        got=judged.reason,
        next_step=_NEXT,
    ).named(kind)
