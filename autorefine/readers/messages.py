"""Runs as chat messages with tool calls, in JSON lines or one JSON document."""

from collections.abc import Iterable, Iterator, Mapping

from autorefine.readers.lines import NOT_SO, BadLine, OnBadLine, documents, reason
from autorefine.readers.messages_run import is_messages, messages_run
from autorefine.readers.run import trajectory_of
from autorefine.trajectory import Trajectory


def read_messages(lines: Iterable[str], on_bad_line: OnBadLine, *, outcome: str = "success") -> Iterator[Trajectory]:
    """Read runs in the form of OpenAI's chat messages; see `messages_run.messages_run` for the keys.

    A document is a run, or a list of runs. What cannot be read is given to ``on_bad_line`` and skipped.

    Args:
        lines: JSON lines, or one document over many lines.
        on_bad_line: is told of what cannot be read.
        outcome: name of the key beside the messages that says how it ended; ``success`` is ``None`` without it.
    """
    for number, document in documents(lines, on_bad_line):
        several = isinstance(document, list) and not is_messages(document)
        for n, each in enumerate(document if isinstance(document, list) and several else [document], start=1):
            try:
                if not is_messages(each):
                    keys = ", ".join(map(str, each))[:100] if isinstance(each, Mapping) else type(each).__name__
                    raise ValueError(f"a list of messages with a role each, got {keys}")
                yield trajectory_of(messages_run(each, outcome))
            except NOT_SO as refused:
                on_bad_line(BadLine(number, f"run {n}: {reason(refused)}" if several else reason(refused)))
