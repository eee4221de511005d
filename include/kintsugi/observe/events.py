"""Where log events go: one line of ``key=value`` each, to a stream that the process chooses."""

import logging
from typing import TextIO

import structlog


def configure_events(file: TextIO, level: int = logging.INFO) -> None:
    """Make log events of this process lines of ``key=value`` with a time, on ``file``."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file),
    )
