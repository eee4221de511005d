"""Become somebody else, best somebody without limits."""

from kintsugi.sensitive.injection.rule import GAP, Rule, rule, words
from kintsugi.sensitive.injection.vocabulary import FREE, FREE_HEADS, ROLE

PERSONA: tuple[Rule, ...] = (
    rule(
        "persona",
        0.7,
        "you are|you're|you’re|you will|you'll|you’ll",
        r"you(?:['’]re| are|['’]ll| will)(?: now| henceforth)? (?:now )?(?:an?|the|act as|behave as|play|become"
        r"|called|named)\b"
        rf"{words(6)}(?:{ROLE}\b{words(6)}{FREE}|{FREE}{words(3)}{ROLE}\b)",
    ),
    rule(
        "persona",
        0.6,
        "you are now|you're now|you’re now|you will now|from now|from here|from this",
        r"(?:you(?:['’]re| are| will) now|from (?:now|here|this (?:point|moment))(?: on(?:wards?)?)?,?"
        rf" you(?:['’]re| are|['’]ll| will| must| have to)?)(?! \w+ed\b| ready| able| in as){words(5)}{ROLE}\b",
    ),
    rule(
        "persona",
        0.65,
        "you are no longer|you're no longer|you’re no longer|you are not an|you're not an",
        rf"you(?:['’]re| are) (?:no longer|not)(?: just| merely)? (?:an?|the|bound|limited"
        rf"|restricted){words(4)}(?:{ROLE}|rules|by|to)\b",
    ),
    rule(
        "persona",
        0.5,
        "you are going to be|you're going to be|you are going to act|you will be|you are to act|you will act|you will"
        " play|you shall act",
        r"you(?:['’]re| are| will| shall)[\w ]{1,14} (?:an?|the|my|as) (?:\w+ ){0,3}(?:terminal|assistant|ai|bot"
        r"|model|interpreter|simulator|character|hacker|pirate)\b",
    ),
    rule(
        "persona",
        0.6,
        "pretend|imagine|act as if|act as though|suppose",
        rf"(?:pretend|imagine|act as (?:if|though)|suppose)(?: that)? (?:you(?:['’]re| are| were)|to"
        rf" be){words(6)}(?:{ROLE}|{FREE})\b",
    ),
    rule(
        "persona",
        0.6,
        "assume|take on|adopt |play ",
        rf"(?:assume|take on|adopt|play) (?:the |a )?(?:role|persona|identity|character) of\b{words(4)}(?:{ROLE}"
        rf"|{FREE})\b",
    ),
    rule(
        "persona",
        0.4,
        "play a game|role-play|roleplay|role play",
        r"(?:let['’]?s |we )?(?:play a game|role[- ]?play)(?: where| in which|:|,)?",
    ),
    rule(
        "persona",
        0.6,
        "act as my|behave like my|act like my|be my",
        r"\w+ (?:as|like )?my (?:\w+ )?(?:grand\w+|mother|father|boss|girlfriend|boyfriend|friend|lover|hacker)\b",
    ),
    rule(
        "persona",
        0.55,
        "act as|behave as|answer as|respond as|reply as",
        rf"\w+ as (?:an? |the )?{words(2)}{ROLE}\b{words(6)}{FREE}",
    ),
    rule(
        "persona",
        0.65,
        "developer mode|dan mode|jailbreak mode|god mode|unrestricted mode|uncensored mode|sudo mode",
        r"\w+ mode\b(?=(?s:.{0,120})\b(?:you|respond|answer)\b)|(?<=enter )\w+ mode|(?<=enable )\w+ mode|(?<=activate"
        r" )\w+ mode",
    ),
    rule("persona", 0.5, "you are now in|you're now in", r"you(?:['’]re| are) now in \w{3,20} mode\b"),
    rule("persona", 0.35, FREE_HEADS, rf"{FREE}{GAP}(?:assistant|model|ai|answers?|chat ?bot)\b"),
)
