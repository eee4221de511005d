"""Runs as OpenTelemetry traces of generative AI, in OTLP's JSON encoding."""

from collections.abc import Iterable, Iterator
from contextlib import closing

from autorefine.readers.lines import NOT_SO, BadLine, OnBadLine, documents, reason
from autorefine.readers.otel_run import trace_run
from autorefine.readers.otel_spans import Traces, is_otel, spans_of
from autorefine.readers.run import trajectory_of
from autorefine.trajectory import Trajectory


def read_otel(
    lines: Iterable[str], on_bad_line: OnBadLine, *, outcome: str = "success", max_bytes: int = 50_000_000
) -> Iterator[Trajectory]:
    """Read the traces that ``ExportTraceServiceRequest`` documents tell of.

    The spans of a trace may stand on any lines, in any order: they wait on disk until all lines are read. A document
    that cannot be read is given to ``on_bad_line`` and skipped, and so is a trace that cannot be put together (under
    the number of the last line).

    Args:
        lines: JSON lines, or one document over many lines.
        on_bad_line: is told of what cannot be read.
        outcome: name of an attribute of the outermost span that says how it ended; see `otel_run.trace_run`.
        max_bytes: a trace that is larger is not put together.
    """
    number = 0
    with closing(Traces(max_bytes)) as traces:
        for number, document in documents(lines, on_bad_line):
            try:
                if not is_otel(document):
                    raise ValueError("an object with resourceSpans, OTLP's JSON encoding")
                for span in spans_of(document):
                    traces.add(span)
            except NOT_SO as refused:
                on_bad_line(BadLine(number, reason(refused)))
        for trace, spans in traces.each():
            try:
                if spans is None:
                    raise ValueError(f"at most {max_bytes:,} bytes, got more")
                run = trajectory_of(trace_run(trace, spans, outcome))
            except NOT_SO as refused:
                on_bad_line(BadLine(number, f"trace {trace}: {reason(refused)}"))
            else:
                yield run
