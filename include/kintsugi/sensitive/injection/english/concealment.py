"""Keep it from the person."""

from kintsugi.sensitive.injection.rule import Rule, rule, words
from kintsugi.sensitive.injection.vocabulary import NOT, NOT_HEADS, PERSON

CONCEALMENT: tuple[Rule, ...] = (
    rule(
        "concealment",
        0.7,
        f"{NOT_HEADS}|without ",
        rf"(?:{NOT}|without) (?:ever )?(?:tell|inform|mention|reveal|disclos|let|notif|alert|show|warn"
        rf"|report)\w*{words(4)}{PERSON}\b"
        r".{0,30}?\b(?:about|of|that|know|see)\b.{0,20}?\b(?:this|these|you|instructions?|paragraph|hidden|message)\b",
    ),
    rule(
        "concealment",
        0.35,
        f"{NOT_HEADS}|without ",
        rf"(?:{NOT}|without) (?:ever )?(?:tell|inform|mention|reveal|disclos|let|alert)\w*{words(3)}{PERSON}\b",
    ),
    rule(
        "concealment",
        0.6,
        "keep |hide |conceal",
        rf"(?:keep|hide|conceal)\b{words(5)}(?:hidden|secret|confidential|away|invisible)? ?from (?:the |any |your"
        rf" )?{PERSON}\b",
    ),
    rule(
        "concealment",
        0.6,
        f"{NOT_HEADS}|keep |leave ",
        rf"(?:{NOT} (?:mention|cite|quote|include|reference|show|display|repeat)|keep|leave){words(2)}(?:this|these)"
        rf" (?:lines?|paragraphs?|instructions?|text|comment|section|message|note|sentence|request)\b{words(3)}"
        r"(?:out|in|to|anywhere|hidden|secret)\b",
    ),
    rule(
        "concealment",
        0.55,
        "make sure|ensure|see to it",
        rf"(?:make sure|ensure|see to it)(?: that)?{words(2)}{PERSON} (?:never|do(?:es)? not|doesn['’]t|don['’]t)"
        rf" (?:find out|finds out|learn|learns|notice|notices|know|knows|suspect)\w*\b",
    ),
    rule(
        "concealment",
        0.6,
        NOT_HEADS,
        rf"{NOT} (?:mention|reveal|disclose|say|admit|cite|quote)(?:ing)? (?:it|this|that|them|any of (?:it|this))(?:"
        rf" \w+){{0,3}} in your (?:\w+ )?(?:answer|reply|response|output|summary)s?\b",
    ),
    rule(
        "concealment",
        0.6,
        NOT_HEADS,
        rf"{NOT} (?:reveal|mention|say|admit|disclose|tell \w+|let on)(?: to \w+)? that you (?:read|saw|have|were|got"
        rf"|received|are|followed)\b",
    ),
    rule("concealment", 0.2, "silently|secretly|covertly", r"(?:silently|secretly|covertly)\b"),
    rule(
        "concealment", 0.35, "as if noth|like noth|pretend noth", r"\w+(?: if)? nothing (?:has |had |ever )?happened\b"
    ),
)
