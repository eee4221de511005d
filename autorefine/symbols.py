"""Actions, observations and errors as comparable tokens.

A symbol is a text with a kind in front: ``do:`` an action, ``error:`` a failure that was seen, ``saw:`` an observation
that is no failure. One step speaks at several levels of abstraction (``do:SHOW`` and ``do:SHOW TABLES``); extraction
keeps the most specific level that recurs. Values are masked with fixed placeholders, as in Drain (He et al., ICWS 2017,
section 3.1), so that the same words with other values are the same symbol. There are no rules for a named environment:
error classes are recognised by how they are written.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

DO, ERROR, SAW = "do:", "error:", "saw:"
REPEAT = DO + "the same again"
EMPTY = SAW + "nothing"
SILENT = ERROR + "an error without a message"

ACTION_LEVELS = 3
MESSAGE_WORDS = 8
OBSERVATION_WORDS = 5
MAX_SYMBOL = 100
_READ = 2_000
_FIRST_LINE = 300

_MASKS = re.compile(
    r"""
      (?P<time>\d{4}-\d\d-\d\d(?:[T\ ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?
              |\b\d\d:\d\d:\d\d(?:[.,]\d+)?)
    | (?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
    | (?P<url>\b[a-z][a-z0-9+.-]*://[^\s'"`<>)\]]+)
    | (?P<str>(?<!\w)'[^'\n]*'(?!\w)|"[^"\n]*"|`[^`'\n]*[`'])
    | (?P<hex>\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{8,}\b)
    | (?P<path>(?<![\w<])(?:~|\.{1,2})?(?:/[\w.@+*-]+)+/?|\b[A-Z]:\\[^\s]+)
    | (?P<num>(?<![\w<])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?%?(?!\w))
    """,
    re.VERBOSE,
)
_NAMED_CLASS = re.compile(r"\b(?:[a-z_]\w*\.)*([A-Z]\w*(?:Error|Exception|Failure|Timeout))\b")
_LEADING_CLASS = re.compile(r"\s*(?:[a-z_]\w*\.)*([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+|[A-Z][a-z]+)(?:\s*[:(]|\s*$)")
_EXIT_CODE = re.compile(
    r"\b(?:exit(?:ed)?(?:\s+with)?|return(?:ed)?)\s*(?:code|status)\W{0,2}(-?[1-9]\d*)\b", re.IGNORECASE
)
_HTTP_CODE = re.compile(
    r"\b(?:HTTP(?:/[\d.]+)?|status(?:\s*code)?|answered|responded)\W{1,3}([45]\d\d)\b|\b([45]\d\d)\s+(?=[A-Z][a-z]+)",
    re.IGNORECASE,
)
_FAILURE_WORDS = re.compile(
    r"error|exception|traceback|fail(?:ed|ure)|fatal|denied|refused|invalid|malformed|illegal|unknown|undefined|unexpected"
    r"|not found|no such|cannot|can't|could not|unable to|missing|timed out|timeout|not recogni[sz]ed|unavailable",
    re.IGNORECASE,
)
_EDGES = ";:,. \t"
_CALL = re.compile(r"(?P<tool>[A-Za-z_]\w*)[\[(](?P<given>.+)[\])]", re.DOTALL)


def template(text: str, words: int) -> str:
    """Return the first ``words`` words of ``text`` with times, ids, urls, quoted strings, paths and numbers masked."""
    return " ".join(masked(text).split()[:words]).strip(_EDGES)[:MAX_SYMBOL]


def masked(text: str) -> str:
    """Return ``text`` with times, ids, urls, quoted strings, paths and numbers masked."""
    return _MASKS.sub(lambda found: f"<{found.lastgroup}>", text)


def action_symbols(action: str) -> tuple[str, ...]:
    """Return the symbols of one action, from general to specific: its first word, its first two, its first three.

    Arguments and values say on what the action was done, not what was done; they are masked or left out. Of an action
    that is written as a call, ``tool[…]`` or ``tool(…)``, the tool is one symbol and what it was given has its own. The
    newest thousands are remembered, since runs do the same things again.
    """
    return _action_symbols(action[:_FIRST_LINE])


@lru_cache(maxsize=4096)
def _action_symbols(action: str) -> tuple[str, ...]:
    call = _CALL.fullmatch(action.strip())
    if call:
        return _distinct((DO + call["tool"], *_levels(call["given"])))
    return _distinct(_levels(action))


def _levels(action: str) -> Iterator[str]:
    words = template(action, ACTION_LEVELS).split()
    levels = (" ".join(words[: level + 1]).strip(_EDGES) for level in range(len(words)))
    return (DO + level for level in levels if level)


def outcome_symbols(action: str, observation: str, error: str | None) -> tuple[str, ...]:
    """Return the symbols of what came back from one action; at least one.

    A failure is what the host reported in ``error``, else an observation whose first line speaks of one. Every error
    class found in it is a symbol, alone and together with the first word of the action; a failure that names no class
    is known by the template of its message, in quotation marks.
    """
    return _outcome_symbols(action[:_FIRST_LINE], observation.lstrip()[:_READ], error)


@lru_cache(maxsize=4096)
def _outcome_symbols(action: str, head: str, error: str | None) -> tuple[str, ...]:
    first_line = head.split("\n", 1)[0][:_FIRST_LINE]
    if error is None and not _FAILURE_WORDS.search(first_line):
        shape = template(first_line, OBSERVATION_WORDS)
        return (f"{SAW}“{shape}”",) if shape else (EMPTY,)
    message = (error or "").strip()[:_READ] or head
    classes = error_classes(message, leading=bool(error))
    if not classes:
        shape = template(message.split("\n", 1)[0][:_FIRST_LINE], MESSAGE_WORDS)
        return (f"{ERROR}“{shape}”",) if shape else (SILENT,)
    place = template(action, 1)
    return _distinct(ERROR + name + where for name in classes for where in ("", f" in {place}" if place else ""))


def error_classes(message: str, *, leading: bool = True) -> tuple[str, ...]:
    """Return the error classes that a message names, in the order of how sure we are; empty when it names none.

    Found are: a class at the very beginning (``SourceUnavailable: …``; only with ``leading``), words that end like a
    class of errors (``requests.ReadTimeout``), exit codes other than 0, and HTTP codes from 400.
    """
    names = []
    if leading and (found := _LEADING_CLASS.match(message)):
        names.append(found.group(1))
    names += [found.group(1) for found in _NAMED_CLASS.finditer(message)]
    names += [f"exit code {found.group(1)}" for found in _EXIT_CODE.finditer(message)]
    names += [f"HTTP {found.group(1) or found.group(2)}" for found in _HTTP_CODE.finditer(message)]
    return _distinct(name[:MAX_SYMBOL] for name in names)[:3]


def forget() -> None:
    """Empty what is remembered of actions and observations."""
    _action_symbols.cache_clear()
    _outcome_symbols.cache_clear()


def words_of(symbol: str) -> str:
    """Return a symbol without its kind, as people read it."""
    return symbol.partition(":")[2]


def is_action(symbol: str) -> bool:
    """Tell whether a symbol stands for something that an agent can do."""
    return symbol.startswith(DO)


def generalises(general: str, specific: str) -> bool:
    """Tell whether one symbol is another, or a more general level of it."""
    return specific == general or specific.startswith(general + " ")


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
