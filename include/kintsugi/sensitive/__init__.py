"""Secrets, personal data, prompt injection, invisible characters and poisoning: found before a text is indexed.

An intake calls `judge` for each text with the source's `Policy`, and gives `NearDuplicates` the documents of a run.
"""

from kintsugi.sensitive.finding import KINDS, Finding, Kind
from kintsugi.sensitive.judge import Judgement, decide, judge
from kintsugi.sensitive.poisoning.duplicates import Campaign, NearDuplicates
from kintsugi.sensitive.policy import Action, Policy
from kintsugi.sensitive.redact import redacted
from kintsugi.sensitive.scan import scan

__all__ = [
    "KINDS",
    "Action",
    "Campaign",
    "Finding",
    "Judgement",
    "Kind",
    "NearDuplicates",
    "Policy",
    "decide",
    "judge",
    "redacted",
    "scan",
]
