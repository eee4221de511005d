"""One service under watch: started when what it needs is there, again when it dies, given up when that is vain."""

from dataclasses import dataclass, field, replace

from kintsugi.errors import ConfigurationError, KintsugiError
from kintsugi.laptop.health import Reading
from kintsugi.laptop.restarts import GiveUp, RestartPolicy, decide, recent_deaths
from kintsugi.laptop.runners import Runner
from kintsugi.laptop.state import Condition, ServiceState

ALIVE: frozenset[Condition] = frozenset({"starting", "healthy", "unhealthy"})


@dataclass
class Watch:
    """A service's runner, its state, and the memory of its deaths. `tick` and `note` are called again and again.

    Attributes:
        needs: services that must be alive when this one starts.
        wave: lower waves are stopped first.
        ready_at_once: the runner's ``start`` returns only when the service does its work.
    """

    runner: Runner
    state: ServiceState
    needs: tuple[str, ...] = ()
    wave: int = 0
    ready_at_once: bool = False
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    deaths: tuple[float, ...] = ()
    restart_at: float = 0.0

    @property
    def name(self) -> str:
        """The service's name."""
        return self.state.name

    @property
    def alive(self) -> bool:
        """Whether the process was there when last looked at."""
        return self.state.condition in ALIVE

    def tick(self, now: float, needs_alive: bool) -> None:
        """Look after the process: note its death, start it when it is due and what it needs is alive."""
        if self.alive:
            ended = self.runner.ended()
            if ended is not None:
                self._died(now, ended)
        elif self.state.condition in ("waiting", "restarting") and now >= self.restart_at and needs_alive:
            self._start(now)

    def note(self, now: float, reading: Reading) -> None:
        """Take over what a look at the health says about the service; silence says nothing."""
        if not self.alive or not reading.knows(self.name):
            return
        started = self.state.since if self.state.condition == "starting" else 0.0
        if reading.vouches_for(self.name, started):
            self._become("healthy", now)
        elif self.state.condition == "healthy":
            self._become("unhealthy", now, "alive, but it stopped reporting")

    def stop(self, now: float, patience: float) -> None:
        """End the service for good."""
        if self.state.process is not None:
            self.runner.stop(patience)
        self._become("stopped", now)

    def _start(self, now: float) -> None:
        restarts = self.state.restarts + (self.state.condition == "restarting")
        try:
            process = self.runner.start()
        except ConfigurationError as error:
            self._become("failed", now, str(error))
        except KintsugiError as error:
            self._died(now, str(error))
        else:
            self._become("healthy" if self.ready_at_once else "starting", now)
            self.state = replace(self.state, process=process, restarts=restarts)

    def _died(self, now: float, reason: str) -> None:
        self.deaths = (*recent_deaths(self.deaths, now, self.policy), now)
        decision = decide(self.deaths, now, self.policy)
        if isinstance(decision, GiveUp):
            detail = f"{reason}; died {decision.deaths} times within {self.policy.window:.0f} s, given up"
            self._become("failed", now, detail)
        else:
            self.restart_at = decision.at
            self._become("restarting", now, reason)

    def _become(self, condition: Condition, now: float, detail: str = "") -> None:
        if (condition, detail) != (self.state.condition, self.state.detail):
            self.state = replace(self.state, condition=condition, since=now, detail=detail)
