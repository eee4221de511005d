"""A plan in words, for the person who has to approve it."""

from kintsugi.records import Incident


def plan_as_markdown(incident: Incident) -> str:
    """Return what was found, what would be done and why a person is asked, as Markdown."""
    lines = [f"**{incident.kind}** on `{incident.target}`: {incident.summary}", ""]
    if cause := incident.diagnosis.get("cause"):
        lines += [f"Diagnosis: {cause}", ""]
    if table := incident.diagnosis.get("table"):
        lines += [str(table), ""]
    for number, step in enumerate(incident.plan, 1):
        items = f"{step['items']} item{'s' if step['items'] != 1 else ''}"
        share = f", {step['share']:.1%} of its target" if 0.001 <= step["share"] < 1 else ""
        lines.append(f"{number}. `{step['action']}` touches {items}{share}")
    if incident.history:
        lines += ["", f"State: {incident.state}. {incident.history[-1].get('note', '')}"]
    return "\n".join(lines)
