"""Agents' runs: JSON lines, chat messages with tool calls, OpenTelemetry's spans of generative AI."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from kintsugi.sources.kind import Kind, Opening, Options
from kintsugi.sources.port import Source


class TrajectoriesOptions(Options):
    """Where the runs are, and how to read them.

    Attributes:
        path: a folder or file; ``{var}``, ``{home}`` and the like are filled in. Files end in ``.jsonl``, ``.ndjson``
            or ``.json``, and may be packed (``.gz``, ``.xz``, ``.bz2``).
        format: ``jsonl`` (a run with ``steps`` a line), ``messages`` (OpenAI-style), ``otel`` (OTLP as JSON); ``auto``
            lets each line decide.
        outcome: the key, or attribute of the outermost span, that says whether a run succeeded.
    """

    path: str = Field(min_length=1)
    format: Literal["auto", "jsonl", "messages", "otel"] = "auto"
    outcome: str = Field(default="success", min_length=1)


def _open(opening: Opening) -> Source:
    from kintsugi.sources.agents.source import AgentRunsSource
    from kintsugi.sources.places.local import LocalPlace

    options: TrajectoriesOptions = opening.options
    name = opening.config.name
    return AgentRunsSource(
        name,
        LocalPlace(name, Path(opening.place(options.path))),
        opening.config.labels,
        form=options.format,
        outcome=options.outcome,
        max_bytes=opening.max_bytes,
    )


KIND = Kind(options=TrajectoriesOptions, partitions=("all",), open=_open, gives_trajectories=lambda options: True)
