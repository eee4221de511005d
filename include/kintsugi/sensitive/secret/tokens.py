"""Tokens whose shape tells their issuer: detect-secrets' plugins, and shapes that it lacks.

Only the plugins' `analyze_string` is called: no file is opened, no filter set, and nothing verified over a network.
A plugin sees a few hundred characters around an anchor that its tokens can't lack, so that ordinary text costs next to
nothing and a line of 10 MB can't make an expression backtrack over all of it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from kintsugi.sensitive.anchors import Anchors
from kintsugi.sensitive.finding import Finding, masked
from kintsugi.sensitive.reading import Reading, line_around
from kintsugi.sensitive.secret.placeholder import classes, entropy, is_placeholder

_REACH = 1200
_OVERLAP = 200


@dataclass(frozen=True)
class _Shape:
    """Tokens of one issuer. ``strict``: the shape is loose, so that its match also has to look random."""

    name: str
    matches: Callable[[str], Iterable[str]]
    strict: bool = False


_BY_HEAD = {
    "AWSKeyDetector": ("akia", "asia", "abia", "acca", "a3t"),
    "AzureStorageKeyDetector": ("accountkey=",),
    "CloudantDetector": ("cloudant",),
    "GitHubTokenDetector": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    "GitLabTokenDetector": (
        *("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "gr1348941"),
        *("glcbt-", "glimt-", "glptt-", "glagent-", "gloas-"),
    ),
    "IbmCosHmacDetector": ("secret_access_key", "secret-access-key", "secretaccesskey", "secret_key", "secret-key"),
    "JwtTokenDetector": (".eyj",),
    "NpmDetector": (":_authtoken=",),
    "OpenAIDetector": ("t3blbkfj",),
    "PypiTokenDetector": ("pypi-age",),
    "SendGridDetector": ("sg.",),
    "SlackDetector": ("xoxa-", "xoxb-", "xoxp-", "xoxo-", "xoxs-", "xoxr-", "hooks.slack.com"),
    "SoftlayerDetector": ("softlayer",),
    "SquareOAuthDetector": ("sq0csp-",),
    "StripeDetector": ("sk_live_", "rk_live_"),
}
"""How the tokens of a plugin begin, or what stands in them, in lower case."""

_BY_PATTERN = {
    "ArtifactoryDetector": r"A(?:KC|P[0-9A-F])[A-Za-z0-9]{8}",
    "DiscordBotTokenDetector": r"\.[\w-]{6}\.[\w-]{27}",
    "MailchimpDetector": r"-us\d",
    "TelegramBotTokenDetector": r":(?=[\w-]{35})(?<=\d{8}:)",
    "TwilioKeyDetector": r"(?:AC|SK)(?=[a-z0-9]{32}(?!\w))(?<!\w..)",
}
"""The same for tokens without words of their own; such a shape is a loose one."""

_LOOSE = ("AWSKeyDetector", "GitLabTokenDetector", *_BY_PATTERN)

_GROUPED = ("GitHubTokenDetector", "GitLabTokenDetector")
"""Plugins that return a group, the prefix, instead of the token: their expressions are used as they are."""

_OWN = (
    ("GitHub fine-grained token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9]{20,24}_[A-Za-z0-9]{50,64}\b"),
    ("Google API key", "aiza", r"\bAIza[\w-]{35}(?![\w-])"),
    ("Google OAuth token", "ya29.", r"\bya29\.[\w-]{30,}"),
    ("Anthropic API key", "sk-ant-", r"\bsk-ant-[a-z0-9]{2,10}-[\w-]{60,}"),
    ("OpenAI API key", "sk-proj-|sk-svcacct-|sk-admin-", r"\bsk-(?:proj|svcacct|admin)-[\w-]{40,}"),
    ("Hugging Face token", "hf_", r"\bhf_[A-Za-z0-9]{34}\b"),
    ("npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("OpenShift token", "sha256~", r"\bsha256~[\w-]{43}(?![\w-])"),
    ("Vault token", "hvs.|hvb.", r"\bhv[sb]\.[\w-]{24,}"),
    ("Grafana token", "glsa_", r"\bglsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b"),
    ("Docker Hub token", "dckr_pat_", r"\bdckr_pat_[\w-]{27}(?![\w-])"),
    ("DigitalOcean token", "dop_v1_|doo_v1_|dor_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    ("Slack app token", "xapp-", r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{30,}\b"),
    ("Shopify token", "shpat_|shpca_|shppa_|shpss_", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    ("age key", "age-secret-key-", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    ("Databricks token", "dapi", r"\bdapi[0-9a-f]{32}\b"),
)


def issued_tokens(reading: Reading) -> Iterator[Finding]:
    """Yield tokens that have the shape of a known issuer."""
    text = reading.plain
    anchors, by_head, by_pattern = _shapes()
    places: dict[_Shape, list[int]] = {}
    for at, head in anchors.positions(reading):
        places.setdefault(by_head[head], []).append(at)
    for shape, pattern in by_pattern.items():
        places[shape] = [match.start() for match in pattern.finditer(text)]
    for shape, starts in places.items():
        yield from _found(text, shape, sorted(starts))


def _found(text: str, shape: _Shape, starts: list[int]) -> Iterator[Finding]:
    seen_to = 0
    for anchor in starts:
        if anchor < seen_to:
            continue
        start, end = line_around(text, anchor, anchor, _REACH)
        seen_to = end - (0 if text[end : end + 1] == "\n" else _OVERLAP)
        window = text[start:end]
        done = 0
        for value in shape.matches(window):
            at = max(window.find(value, done), window.find(value))
            done = at + len(value)
            stripped = value.strip(" \t=:\"'")
            at = window.find(stripped, at)
            if stripped and not _is_example(stripped, shape.strict):
                span = (start + at, start + at + len(stripped))
                yield Finding(*span, "secret", shape.name, masked(stripped), 0.8 if shape.strict else 0.95)


def _is_example(value: str, strict: bool) -> bool:
    body = value.rsplit("/", 1)[-1]
    if "EXAMPLE" in value.upper() or len(set(body)) < 6 or is_placeholder(body[-12:]):
        return True
    return strict and (classes(value) < 2 or entropy(value) < 3 or not any(map(str.isdigit, value)))


def _whole(patterns: Iterable[re.Pattern[str]], window: str) -> Iterator[str]:
    for pattern in patterns:
        yield from (match.group() for match in pattern.finditer(window))


@cache
def _shapes() -> tuple[Anchors, dict[str, _Shape], dict[_Shape, re.Pattern[str]]]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    known: dict[str, Any] = get_mapping_from_secret_type_to_class()
    plugins = {each.__name__: each for each in known.values()}

    def shape(name: str) -> _Shape:
        plugin = plugins[name]()
        matches = partial(_whole, plugin.denylist) if name in _GROUPED else plugin.analyze_string
        return _Shape(plugin.secret_type, matches, name in _LOOSE)

    by_head: dict[str, _Shape] = {}
    for plugin, heads in _BY_HEAD.items():
        by_head |= dict.fromkeys(heads, shape(plugin))
    for name, own_heads, pattern in _OWN:
        by_head |= dict.fromkeys(own_heads.split("|"), _Shape(name, re.compile(pattern).findall))
    by_pattern = {shape(name): re.compile(pattern) for name, pattern in _BY_PATTERN.items()}
    return Anchors(by_head), by_head, by_pattern
