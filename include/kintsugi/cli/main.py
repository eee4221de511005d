"""The command `kintsugi`: an overview that opens at once, and one place where errors become words."""

import logging
import sys
from typing import Any

import typer

from kintsugi.cli.lazy import Lazy, LazyGroup
from kintsugi.errors import ConfigurationError, KintsugiError

FAILED, MISCONFIGURED, INTERRUPTED = 1, 2, 130


class Kintsugi(LazyGroup):
    """All commands. What they raise on purpose ends as one message on standard error, and an exit code."""

    lazy = {
        "up": Lazy("kintsugi.cli.platform:up", "Start the platform, do the main job, print the report."),
        "down": Lazy("kintsugi.cli.platform:down", "Stop the platform."),
        "status": Lazy("kintsugi.cli.platform:status", "Show the services and how they are."),
        "logs": Lazy("kintsugi.cli.platform:logs", "Show the newest log lines of the services."),
        "doctor": Lazy("kintsugi.cli.doctor:doctor", "Check everything that the platform needs."),
        "migrate": Lazy("kintsugi.cli.migrate:migrate", "Move records and index to other engines, or back."),
        "ingest": Lazy("kintsugi.cli.ingest:ingest", "Take a file or folder in and publish it."),
        "sources": Lazy("kintsugi.cli.sources:sources_app", "What each source brings; check the file, ask a source."),
        "quarantine": Lazy("kintsugi.cli.quarantine:quarantine_app", "What was refused, and why."),
        "index": Lazy("kintsugi.cli.index:index_app", "Count, dump or rebuild the served index."),
        "generations": Lazy(
            "kintsugi.cli.generations:generations_app", "Build, promote and roll back generations of the index."
        ),
        "reconcile": Lazy("kintsugi.cli.reconcile:reconcile", "Compare records and index, repair what differs."),
        "ask": Lazy("kintsugi.cli.ask:ask", "Ask a question; every sentence of the answer has its citation."),
        "feedback": Lazy("kintsugi.cli.feedback:feedback_app", "Say whether an answer helped."),
        "golden": Lazy("kintsugi.cli.golden:golden_app", "The questions that a new generation has to answer."),
        "patterns": Lazy("kintsugi.cli.patterns:patterns_app", "What was learned, and how sure that is."),
        "pattern": Lazy("kintsugi.cli.patterns:patterns_app", "The same, for one of them: `kintsugi pattern used`."),
        "savings": Lazy("kintsugi.cli.savings:savings", "Whether patterns are worth what they cost."),
        "incidents": Lazy("kintsugi.cli.healing:incidents", "What is wrong, and what is done about it."),
        "heal": Lazy("kintsugi.cli.healing:heal", "Look for faults and heal them, here and now."),
        "drill": Lazy("kintsugi.cli.drill:drill", "Damage the index a little and let the platform heal it."),
        "upkeep": Lazy("kintsugi.cli.upkeep:upkeep_app", "Stale, duplicate and missing documents; your yes or no."),
        "report": Lazy("kintsugi.cli.report:report", "What was ingested, refused, learned and healed."),
        "airflow": Lazy(
            "kintsugi.cli.airflow:airflow", "Run Airflow's own command line on this platform.", passes_on=True
        ),
        "bench": Lazy("kintsugi.cli.bench:bench_app", "Measure it."),
    }

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KintsugiError as error:
            _show(error)
            raise typer.Exit(MISCONFIGURED if isinstance(error, ConfigurationError) else FAILED) from None
        except KeyboardInterrupt:
            sys.stderr.write("\nInterrupted.\n")
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=Kintsugi,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def kintsugi() -> None:
    """A self-healing RAG data platform on Apache Airflow."""
    from kintsugi.observe.events import configure_events

    configure_events(sys.stderr, logging.WARNING)


def _show(error: KintsugiError) -> None:
    from rich.console import Console
    from rich.text import Text

    from kintsugi.cli.quoted import printable

    text = Text(printable(error.what), style="bold red")
    for name, said in (("expected", error.expected), ("got", error.got), ("next", error.next_step)):
        if said:
            text.append(f"\n{name:>9}  ", style="default dim").append(
                printable(said).replace("\n", f"\n{'':11}"), style="default"
            )
    Console(stderr=True, highlight=False, soft_wrap=True).print(text)


if __name__ == "__main__":
    app()
