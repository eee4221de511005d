"""Carry what was said to somewhere else."""

from kintsugi.sensitive.injection.rule import Rule, rule, words
from kintsugi.sensitive.injection.vocabulary import PRIVATE, SEND, SEND_HEADS

EXFILTRATION: tuple[Rule, ...] = (
    rule(
        "exfiltration",
        0.8,
        SEND_HEADS,
        rf"{SEND}{words(6)}{PRIVATE}\b.{{0,100}}?(?:https?://|\bwww\.|\b[a-z0-9-]+\.(?:com|net|org|io|xyz|ru|info"
        rf"|site|dev|app)\b)",
    ),
    rule(
        "exfiltration",
        0.8,
        "http://|https://",
        r"https?://[^\s\"'`]{1,200}?[?&#][\w.-]{0,30}=(?:<|\{|\[|%7b|\$)[^>\]}\n]{0,40}"
        r"(?:conversation|messages?|history|prompt|question|summary|secrets|answer|chat|context|memory)",
    ),
    rule(
        "exfiltration",
        0.4,
        "as an image|as a link|as a url|into a link|into a url|in a url|in a query string|in an image tag",
        r"(?:as|into|in) an? (?:image(?= tag|[.,;]? *$|.{0,60}http)|link|url|query string)\b",
    ),
    rule(
        "exfiltration",
        0.65,
        "http://|https://",
        r"https?://[^\s\"'`]{1,200}[?&=#][^\s\"'`]{0,80} {1,3}(?:followed by|plus|with|and append|and add"
        r"|then)\b.{0,30}\b(?:conversation|chat|history|question|messages?|prompt|answer|user)",
    ),
    rule(
        "exfiltration",
        0.65,
        "query string|url parameter|query parameter|hyperlink|a link whose|an image whose",
        rf"[\w]+(?: [\w]+){{0,3}}{words(6)}(?:users?['’]?s? (?:e-?mail|question|password|session|messages?)"
        rf"|conversation|chat history|system prompt)\b",
    ),
    rule(
        "exfiltration",
        0.6,
        "send |email|forward|upload|post ",
        r"\w+ (?:me |us )?(?:a |the )?(?:full |whole |entire )?(?:copy|transcript|summary|log|contents?)? ?of (?:this"
        r"|the|our) (?:conversation|chat|session|dialogue)\b",
    ),
    rule(
        "exfiltration",
        0.4,
        "url-encode|url encode|base64-encode|base64 encode|percent-encode|hex-encode|hex encode",
        r"[a-z0-9]+[- ]encoded?\b.{0,80}\bhttps?://",
    ),
    rule(
        "exfiltration",
        0.6,
        "contents of|content of|text of|transcript of|copy of|history of|summary of",
        r"\w+ of (?:this|the|our|your) (?:whole |entire |current )?(?:chat|conversation|dialogue)\b",
    ),
)
