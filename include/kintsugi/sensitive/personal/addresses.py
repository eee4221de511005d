"""E-mail addresses of people; not those of machines, roles and examples."""

import re
from collections.abc import Iterator

from kintsugi.sensitive.finding import Finding, masked
from kintsugi.sensitive.reading import Reading

_DOMAIN = re.compile(r"@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24})(?![\w-]|\.[a-z0-9]|@)")
_LOCAL = re.compile(r"[a-z0-9](?:[a-z0-9._%+'-]{0,62}[a-z0-9_])?\Z")
_LONGEST_LOCAL = 64
_RESERVED = re.compile(
    r"(?:^|\.)(?:example|test|invalid|localhost|local|internal|lan|corp|home|svc|cluster|intranet)$"
    r"|(?:^|\.)example\.(?:com|org|net|edu|io)$|(?:^|\.)(?:\w*domain|sample|server|host|whatever|some|company|yourcompany|mydomain|email)\.(?:com"
    r"|org|net)$"
    r"|\.(?:service|socket|timer|target|mount|device|slice|scope|path|png|jpe?g|svg|gif|ya?ml|json|conf|sh|py|md|txt"
    r"|html|git)$"
)
"""Names that RFC 2606 and RFC 6761 reserve, networks at home, units of systemd, and files."""

_TOP = frozenset(
    [
        "com",
        "org",
        "net",
        "edu",
        "gov",
        "mil",
        "int",
        "info",
        "biz",
        "name",
        "pro",
        "mobi",
        "coop",
        "aero",
        "museum",
        "jobs",
        "tel",
        "travel",
        "asia",
        "cat",
        "post",
        "xxx",
        "app",
        "dev",
        "tech",
        "cloud",
        "online",
        "site",
        "store",
        "shop",
        "blog",
        "agency",
        "digital",
        "email",
        "systems",
        "solutions",
        "services",
        "network",
        "software",
        "engineering",
        "consulting",
        "world",
        "company",
        "group",
        "team",
        "media",
        "news",
        "live",
        "life",
        "work",
        "works",
        "space",
        "today",
        "global",
        "zone",
        "expert",
        "berlin",
        "hamburg",
        "koeln",
        "bayern",
        "wien",
        "paris",
        "london",
        "nyc",
        "swiss",
        "amsterdam",
        "tokyo",
        "moscow",
        "istanbul",
        "health",
        "care",
        "legal",
        "law",
        "bank",
        "finance",
        "money",
        "insurance",
        "energy",
        "science",
        "academy",
        "university",
        "school",
        "education",
        "foundation",
        "community",
        "social",
        "studio",
        "design",
        "art",
        "photo",
        "photography",
        "house",
        "homes",
    ]
)
"""Generic top-level domains in which people have mail; of two letters, every one is a country's (ISO 3166)."""

_MACHINE = re.compile(
    r"(?:no-?reply|do-?not-?reply|noreply.*|.*-noreply|mailer-daemon|postmaster|hostmaster|webmaster|abuse|root|admin"
    r"|administrator|info|support|help(?:desk)?|contact|security|sales|office|team|service|hello|git|hg|user\d*"
    r"|username"
    r"|you(?:r.*)?|sample.*|me|my.*|name|someone|somebody|foo|bar|test.*|example|core|ec2-user|ubuntu|centos|alerts?"
    r"|ops|sre|on-?call"
    r"|.*-(?:team|list|dev|users|announce|discuss|alerts|service-account|sa)|bot|.*\[bot\]|.*serviceaccount.*|j(?:ohn"
    r"|ane)\.?doe)"
)


def addresses(reading: Reading) -> Iterator[Finding]:
    """Yield addresses that a person reads mail at."""
    lower = reading.lower
    if "@" not in lower:
        return
    for domain in _DOMAIN.finditer(lower):
        at = domain.start()
        first = max(0, at - _LONGEST_LOCAL)
        local = _LOCAL.search(lower[first:at])
        if local is None or _is_of_no_person(local.group(), domain.group(1)):
            continue
        start = first + local.start()
        before = lower[max(0, start - 3) : start]
        if before.endswith("://") or (lower[domain.end() : domain.end() + 1] == ":" and local.group() == "git"):
            continue
        yield Finding(start, domain.end(), "personal", "e-mail address", masked(domain.group(1)), 0.9)


def _is_of_no_person(local: str, domain: str) -> bool:
    top = domain.rpartition(".")[2]
    if (len(top) > 2 and top not in _TOP) or len(set(local)) < 2 or "noreply" in domain:
        return True
    return bool(_RESERVED.search(domain) or _MACHINE.fullmatch(local)) or domain.endswith(
        (".gserviceaccount.com", "iam.googleapis.com")
    )
