"""Show the hidden text at the beginning of the conversation."""

from kintsugi.sensitive.injection.rule import Rule, rule, words
from kintsugi.sensitive.injection.vocabulary import HIDDEN_TEXT, SHOW, SHOW_HEADS

EXTRACTION: tuple[Rule, ...] = (
    rule("prompt extraction", 0.85, SHOW_HEADS, rf"{SHOW}{words(6)}{HIDDEN_TEXT}\b"),
    rule(
        "prompt extraction",
        0.7,
        "tell me|repeat|print|output|write |show |copy |recite|give me|return",
        r"(?:tell me|repeat|print|output|write|show(?: me)?|copy|recite|give me|return) (?:back )?(?:everything|all"
        r"|anything|(?:all )?(?:the )?(?:text|words|content|lines))"
        r"(?: (?:that is|that was|you see|you saw|written|stated))? (?:above|before|preceding)(?: this| that| here"
        r"|[.,!]| the (?:line|sentence))",
    ),
    rule(
        "prompt extraction",
        0.65,
        "beginning of your|start of your|top of your|first words of your|end of your",
        r"\w+ (?:words )?of your (?:context|prompt|instructions|conversation|input|system)\b",
    ),
    rule(
        "prompt extraction",
        0.5,
        "what were you|what are you|what was you|what is your",
        r"what (?:were|are|was|is) (?:you|your) (?:told|instructed|instructions|system prompt|initial|original)\b",
    ),
    rule(
        "prompt extraction",
        0.4,
        "begin your|start your|end your|finish your|begin every|begin each|start every|start each",
        r"\w+ \w+ (?:next )?(?:reply|answer|response|output) (?:with|by)\b",
    ),
    rule("prompt extraction", 0.2, "verbatim|word for word|word by word", r"verbatim\b|word (?:for|by) word\b"),
)
