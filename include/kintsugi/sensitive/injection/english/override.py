"""Set aside what the model was told before, or put new orders above it."""

from kintsugi.sensitive.injection.rule import GAP, Rule, rule, words
from kintsugi.sensitive.injection.vocabulary import (
    ALREADY,
    DROP,
    DROP_HEADS,
    EARLIER,
    NOT_FOLLOW,
    NOT_HEADS,
    ORDERS,
    ORDERS_HEADS,
    RULES,
    RULES_HEADS,
    SET_ASIDE,
    SET_ASIDE_HEADS,
)

OVERRIDE: tuple[Rule, ...] = (
    rule("override", 0.9, SET_ASIDE_HEADS, rf"{SET_ASIDE}{words(4)}{EARLIER}{words(2)}{ORDERS}\b"),
    rule("override", 0.85, SET_ASIDE_HEADS, rf"{SET_ASIDE}{words(4)}{ORDERS}{words(3)}{ALREADY}\b"),
    rule("override", 0.7, SET_ASIDE_HEADS, rf"{SET_ASIDE} (?:all|any|every) (?:of )?(?:the |these |those )?{ORDERS}\b"),
    rule("override", 0.55, NOT_HEADS, rf"{NOT_FOLLOW}{words(4)}{EARLIER}{words(2)}{ORDERS}\b"),
    rule(
        "override",
        0.8,
        NOT_HEADS,
        rf"{NOT_FOLLOW}{words(4)}(?:your|system|developer\S*){words(2)}(?:{ORDERS}|{RULES})\b",
    ),
    rule("override", 0.8, NOT_HEADS, rf"{NOT_FOLLOW}{words(4)}(?:prompts?|programming|training)\b"),
    rule("override", 0.65, NOT_HEADS, rf"{NOT_FOLLOW}{words(3)}(?:{ORDERS}|{RULES}){words(3)}{ALREADY}\b"),
    rule("override", 0.65, DROP_HEADS, rf"{DROP}{words(3)}{EARLIER}{words(2)}{ORDERS}\b"),
    rule(
        "override",
        0.65,
        SET_ASIDE_HEADS,
        rf"{SET_ASIDE}{words(3)}(?:previous|prior|earlier|preceding|your|system|safety){words(2)}{RULES}\b",
    ),
    rule(
        "override",
        0.65,
        f"{SET_ASIDE_HEADS}|{DROP_HEADS}",
        rf"(?:{SET_ASIDE}|{DROP}){words(3)}{RULES}{words(3)}you(?:['’]ve| were| have| had| got)\b",
    ),
    rule("override", 0.65, SET_ASIDE_HEADS, rf"{SET_ASIDE}{words(3)}{RULES}{words(3)}{ALREADY}\b"),
    rule(
        "override",
        0.65,
        DROP_HEADS,
        rf"{DROP} (?:all|any|every){words(2)}(?:prior|previous|earlier|preceding) (?:contexts?|constraints?|rules"
        rf"|messages|orders)\b",
    ),
    rule(
        "override",
        0.85,
        SET_ASIDE_HEADS,
        rf"{SET_ASIDE} (?:everything|anything|all|whatever|what){words(4)}(?:told|said|says|instructed|taught|asked"
        rf"|written|wrote|came)\b"
        rf"(?:{words(3)}(?:you|before|above|earlier|previously|so far)\b)?",
    ),
    rule(
        "override",
        0.7,
        NOT_HEADS,
        rf"{NOT_FOLLOW} (?:everything|anything|all|whatever|what){words(4)}(?:told|said|says|instructed|taught"
        rf"|wrote)\b",
    ),
    rule(
        "override",
        0.7,
        SET_ASIDE_HEADS,
        rf"{SET_ASIDE} (?:everything|anything|whatever|all)(?: that| which)?(?: is| was| stands| came| of)?(?: the)?"
        rf" (?:above|before|previously|foregoing)\b",
    ),
    rule(
        "override",
        0.6,
        SET_ASIDE_HEADS,
        rf"{SET_ASIDE} (?:the |all )?(?:foregoing|above|previous|preceding)(?= and\b| then\b| text\b| content\b"
        rf"|[.,;:!])",
    ),
    rule(
        "override",
        0.45,
        f"{ORDERS_HEADS}|{RULES_HEADS}",
        rf"(?:{ORDERS}|{RULES})\b{words(6)}(?:no longer (?:apply|applies|valid|count|bind)"
        r"|(?:is|are|was|were|has been|have been) (?:now )?(?:void|cancel+ed|superseded|revoked|null|suspended|lifted"
        r"|overwritten|overridden))\b",
    ),
    rule(
        "override",
        0.4,
        "your |previous|earlier|given |all previous|the rules given|the instructions given|your previous",
        rf"(?:(?:your|previous|earlier|the)){words(2)}(?:{ORDERS}|{RULES}|configuration)\b{words(6)}"
        r"(?:no longer|void|cancel+ed|superseded|revoked|null|suspended|lifted|overwritten|overridden)\b",
    ),
    rule(
        "precedence",
        0.5,
        "take precedence|takes precedence|have precedence|has precedence|have priority|has priority|take priority"
        "|takes priority|overrides all"
        "|override all|overrides any|override any|supersede|outrank|highest priority",
        rf"[\w]+(?: \w+)?{words(6)}(?:system prompt|(?:other|previous|prior|earlier|your|all) (?:\w+ )?{ORDERS}"
        rf"|system message)\b",
    ),
    rule(
        "precedence",
        0.3,
        "these instructions take|these instructions have|these instructions over|these instructions super",
        r"these instructions\b",
    ),
    rule(
        "override",
        0.6,
        "everything|anything|all of the|all text|the text",
        r"\w+(?: of the| text)?(?: that is| that was)? ?(?:written |stated |said )?(?:above|before this)(?: line|"
        r" point)? (?:is|was|were) (?:only|just|merely|a|an|fake|part)\b",
    ),
    rule(
        "new orders",
        0.6,
        "new instruct|new orders|new directi|new system prompt|updated instruct|real instruct|actual instruct|revised"
        " instruct|true instruct",
        rf"\w+ (?:instructions?|orders|directives?|system prompt)(?: (?:follow|begin|start|replace|are|is)\b|{GAP}?:)",
    ),
    rule("new orders", 0.45, "new task|new goal|new objective|new mission", r"new \w+ ?:"),
    rule(
        "new orders",
        0.4,
        "obey me|obey only|obey this|follow this page|follow only this|follow this text|you work for|you serve",
        r"\w+ \w+(?: for me| me| now)?\b",
    ),
    rule(
        "new orders",
        0.5,
        "your only|your new|your sole|your real|your true|the only task|the only goal",
        r"\w+ \w+ (?:task|job|goal|purpose|objective|role)(?: now| from now on)? is\b",
    ),
)
