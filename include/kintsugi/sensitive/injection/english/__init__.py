"""Phrases in English.

Families after Greshake et al. 2023 (arXiv 2302.12173), Schulhoff et al. 2023 (arXiv 2311.16119) and OWASP's LLM01:2025.
A phrase is written as what has to come together (an act, what it is done to, whose that is), not as a sentence that
somebody once used. Manuals use many of the same words: what they would say as well weighs little, and counts only
beside others.
"""

from kintsugi.sensitive.injection.english.addressed import ADDRESSED
from kintsugi.sensitive.injection.english.concealment import CONCEALMENT
from kintsugi.sensitive.injection.english.exfiltration import EXFILTRATION
from kintsugi.sensitive.injection.english.extraction import EXTRACTION
from kintsugi.sensitive.injection.english.override import OVERRIDE
from kintsugi.sensitive.injection.english.persona import PERSONA
from kintsugi.sensitive.injection.english.steering import STEERING
from kintsugi.sensitive.injection.rule import Rule

ENGLISH: tuple[Rule, ...] = (
    *OVERRIDE,
    *PERSONA,
    *ADDRESSED,
    *EXTRACTION,
    *EXFILTRATION,
    *CONCEALMENT,
    *STEERING,
)

__all__ = ["ENGLISH"]
