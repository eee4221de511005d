"""The two engines as the doctor and the pages show them; one that can't be reached is told of, not raised."""

from dataclasses import asdict, dataclass
from typing import Any

from kintsugi.errors import KintsugiError
from kintsugi.platform import Platform
from kintsugi.stores.engine import Capability, EngineReport
from kintsugi.stores.place import place_of, shown


@dataclass(frozen=True)
class Engine:
    """An engine that was asked what it is.

    Attributes:
        role: ``records`` or ``index``.
        engine, version: as it states them; empty where it didn't answer.
        where: its address or file, without credentials.
        capabilities: what was probed, in the order to show.
        error: what went wrong, empty where nothing did; ``next_step`` is what a person does about it.
    """

    role: str
    engine: str
    version: str
    where: str
    capabilities: tuple[Capability, ...] = ()
    error: str = ""
    next_step: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {**asdict(self), "capabilities": [asdict(each) for each in self.capabilities]}


def engines(platform: Platform) -> tuple[Engine, Engine]:
    """Ask both engines what they are and offer, records first; never raises what an engine's trouble raises.

    Takes as long as their time-outs at most, a few seconds each.
    """
    place = shown(platform.settings, place_of(platform.settings))
    return _asked(platform, "records", place.records), _asked(platform, "index", place.index)


def _asked(platform: Platform, role: str, where: str) -> Engine:
    try:
        store = platform.records if role == "records" else platform.index
        report: EngineReport = store.describe()
    except KintsugiError as error:
        said = "; ".join(filter(None, (error.what, error.expected and f"expected {error.expected}", error.got)))
        return Engine(role, "", "", where, error=said, next_step=error.next_step)
    return Engine(role, report.engine, report.version, report.where, report.capabilities)
