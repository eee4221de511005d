"""Builders of trajectories with a planted truth."""

import random
from collections.abc import Iterator, Sequence

from autorefine.config import RefineConfig
from autorefine.evidence import gather, measure, tally
from autorefine.gates.replay import Case
from autorefine.lifecycle import settled
from autorefine.match import Guard
from autorefine.pattern import Pattern, Scope, pattern_id
from autorefine.sitting import judged_together
from autorefine.trace import Trace, trace_of
from autorefine.trajectory import Step, Trajectory
from autorefine.wording import difference, skill_guideline, skill_name

NO_TABLE = "no such table: flights"
GUARD = Guard("error:“no such table: flights”", 3)
LOOK_UP, GUESS = "list tables", "guess"


def run(id: str, *steps: Step | str, success: bool = True, group: str = "g", version: str = "1") -> Trajectory:
    """Return a run of these steps; a text is an action that came back with a plain observation."""
    made = tuple(Step(each, observation="ok") if isinstance(each, str) else each for each in steps)
    return Trajectory(id, f"task {id}", group, "agent", version, made, success, "test")


def trace(id: str, *steps: Step | str, success: bool = True, group: str = "g", version: str = "1") -> Trace:
    return trace_of(run(id, *steps, success=success, group=group, version=version))


def planted(
    count: int,
    *,
    followed_succeed: float = 0.9,
    others_succeed: float = 0.2,
    groups: int = 20,
    seed: int = 1,
    version: str = "1",
    prefix: str = "run",
) -> Iterator[Trajectory]:
    """Yield runs that see the same error; half of them look the tables up, and succeed at a rate of their own."""
    rng = random.Random(seed)
    for number in range(count):
        looked_up = rng.random() < 0.5
        success = rng.random() < (followed_succeed if looked_up else others_succeed)
        noise = rng.choice(["wait", "think", "scroll"])
        yield run(
            f"{prefix}-{number:05}",
            Step("query", error=NO_TABLE),
            LOOK_UP if looked_up else GUESS,
            noise,
            success=success,
            group=f"group-{number % groups}",
            version=version,
        )


def judged(pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, n: int) -> Pattern:
    """Return the pattern after a sitting of the gates in which it is alone."""
    return settled(judged_together([Case(pattern, held_out)], config, n)[0], config)


def pattern(
    traces: list[Trace],
    *actions: str,
    guard: Guard | None = None,
    avoid: bool = False,
    config: RefineConfig | None = None,
    **changes: object,
) -> Pattern:
    """Return the skill "do these actions" with its evidence among the traces."""
    signature = tuple(f"do:{action}" for action in actions)
    evidence = gather(traces, guard, signature)[-(config or RefineConfig()).evidence_limit :]
    effect = measure(evidence)
    values: dict[str, object] = {
        "id": pattern_id("skill", signature, guard, avoid=avoid),
        "kind": "skill",
        "name": skill_name(signature, guard, avoid=avoid),
        "guideline": skill_guideline(signature, guard, tally(evidence), difference(effect), avoid=avoid),
        "signature": signature,
        "guard": guard,
        "avoid": avoid,
        "scope": Scope(agents=("agent",)),
        "evidence": evidence,
        "effect": effect,
        "machine": None,
        "created_at": 1.0,
    }
    return Pattern(**(values | changes))  # type: ignore[arg-type]
