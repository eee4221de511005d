"""What an engine is and what it offers: probed, never assumed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Capability:
    """Something that an engine may offer.

    Attributes:
        name: the engine's own term, e.g. ``$vectorSearch``.
        present: whether a probe of this engine found it.
        used: whether the platform makes use of it here; never true where it is not present.
        detail: what the probe saw, or what the platform does instead.
    """

    name: str
    present: bool
    used: bool = False
    detail: str = ""


@dataclass(frozen=True)
class EngineReport:
    """Which engine a store works on.

    Attributes:
        role: ``records`` or ``index``.
        engine: its name, e.g. ``SQLite`` or ``OpenSearch``.
        version: as it states it.
        where: its address or file, without credentials.
        capabilities: what was probed, in the order to show.
    """

    role: str
    engine: str
    version: str
    where: str
    capabilities: tuple[Capability, ...] = ()
