"""Answer in a certain way."""

from kintsugi.sensitive.injection.rule import Rule, rule

STEERING: tuple[Rule, ...] = (
    rule(
        "steering",
        0.5,
        "when asked|whenever asked|if asked|when someone|whenever someone|if someone|when anyone|whenever anyone|if"
        " anyone|when the user|whenever the user"
        "|if the user|when a user|whenever a user|if a user|when users|whenever users|when somebody|whenever somebody",
        r"(?:when|whenever|if)(?: (?:someone|anyone|the user|a user|users|somebody))?(?: (?:is|are))? ask(?:s"
        r"|ed)\b[^.!?\n]{1,90}?\b(?:answer|reply|respond|say|tell them|recommend|claim|insist)\b",
    ),
    rule(
        "steering",
        0.55,
        "the only correct|the only right|the only valid|the only true|the only accep|the correct answer to",
        r"the (?:only )?(?:correct|right|valid|true|acceptable) answer to (?:any|every|all|each|this|questions|a)\b",
    ),
    rule(
        "steering",
        0.5,
        "answer|respond|reply",
        r"(?:answer|respond to|reply to)(?: to)? (?:all|every|any|each)(?: \w+){0,2} (?:questions?|queries|query"
        r"|prompts?|requests?|messages?)"
        r" (?:with|by|only)\b",
    ),
    rule(
        "steering",
        0.3,
        "always |only |simply|just ",
        r"(?:always|only|simply|just) (?:answer|respond|reply|say|recommend|state|claim)\b",
    ),
    rule(
        "steering",
        0.3,
        "you must|you have to|you will|you shall|you are to",
        r"you (?:must|have to|will|shall|are to) (?:now |always |only )*(?:answer|respond|reply|say|recommend|output"
        r"|obey|comply|refuse|rate)\b",
    ),
    rule(
        "steering",
        0.3,
        "your answer|your reply|your respons|your output|your summary|your final",
        r"your (?:final )?\w+",
    ),
    rule(
        "steering",
        0.25,
        "highest relevance|top relevance|rate this|rank this|rate it|rank it",
        r"\w+ relevance|\w+ (?:this|it)\b.{0,40}\b(?:best|highest|first|top)\b",
    ),
    rule(
        "steering",
        0.25,
        "without |before anything|before you",
        r"without (?:any )?(?:further )?(?:comment|explanation|disclaimers?|warnings?)\b|before (?:anything else|you"
        r" (?:answer|respond|reply))\b",
    ),
)
