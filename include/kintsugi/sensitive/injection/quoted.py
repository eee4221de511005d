"""Whether a passage speaks to a model, speaks about such speech, or hides from its readers."""

import re
from dataclasses import dataclass
from functools import cached_property

from kintsugi.sensitive.reading import Reading

_FENCE = re.compile(r"(?m)^[ >]{0,8}(```+|~~~+).*?(?:^[ >]{0,8}\1|\Z)", re.DOTALL)
_INLINE = re.compile(r"`[^`\n]{3,400}`|[\"“„«][^\"“”„«»]{3,500}[\"”“»]|(?m:^> ?.+$)")
_ABOUT = re.compile(
    r"prompt[- ]injection|jailbreak|injection attack|attacks?\b|attacker|adversarial|malicious|llm0?1|owasp"
    r"|guard(?:rail)?s?\b|red[- ]team"
    r"|phishing|security (?:test|policy|review)|poison|chat template|tokeni[sz]er|fine-?tun|prompt engineering"
    r"|quarantin"
    r"|eingeschleust|angriff|angreifer|injection de prompt|inyecci[oó]n|iniezione"
)
_UNSEEN_ELEMENT = re.compile(
    r"<(\w{1,20})\b[^<>]{0,200}(?:display: ?none|visibility: ?hidden|font-size: ?0|opacity: ?0(?!\.)"
    r"|color: ?(?:white|#fff(?:fff)?)\b)[^<>]{0,200}>"
)
_ATTRIBUTE = re.compile(r"!\[[^\]\n]*\Z|(?:\]\([^)\n\" ]{1,500} |\b(?:alt|title)=)\"[^\"\n]*\Z")
_REACH = 4000
_LINE_REACH = 500
_NEAR = 400


@dataclass(frozen=True)
class Surroundings:
    """Where passages of a text stand. Built once a text, and only when something was found in it."""

    reading: Reading

    @cached_property
    def _quotes(self) -> list[tuple[int, int]]:
        text = self.reading.plain
        return [match.span() for pattern in (_FENCE, _INLINE) for match in pattern.finditer(text)]

    def weight(self, start: int, end: int) -> float:
        """Return the factor for a passage: low where a page about attacks quotes one."""
        lower = self.reading.lower
        about = bool(_ABOUT.search(lower, max(0, start - _NEAR), start) or _ABOUT.search(lower, end, end + _NEAR))
        quoted = any(first <= start and end <= last for first, last in self._quotes)
        if about:
            return 0.45 if quoted else 0.85
        return 0.85 if quoted else 1.0

    def is_hidden(self, start: int, end: int) -> bool:
        """Return whether a passage stands where a reader of the page would not see it.

        That is a comment, an element that isn't shown, the text of a picture, or the title of a link.
        """
        lower = self.reading.lower
        before, after = lower[max(0, start - _REACH) : start], lower[end : end + _REACH]
        if before.rfind("<!--") > before.rfind("-->") and "-->" in after:
            return True
        line = before[before.rfind("\n") + 1 :][-_LINE_REACH:]
        if _ATTRIBUTE.search(line):
            return True
        opened = max(_UNSEEN_ELEMENT.finditer(before), key=lambda each: each.start(), default=None)
        if opened is None:
            return False
        closing = f"</{opened.group(1)}>"
        return closing not in before[opened.end() :] and closing in after
