"""Rows that vanish from the index by hand come back, exactly."""

import json


def test_deleting_rows_by_hand_leads_to_a_heal_run_that_restores_exactly_them(running):
    from kintsugi.platform import open_platform
    from kintsugi.records import Chunk, Incident
    from kintsugi.settings import load_settings

    def dump_of_runbooks() -> dict:
        return running.dump("--source", "runbooks")

    before = dump_of_runbooks()
    platform = open_platform(load_settings({"KINTSUGI_HOME": running.environment["KINTSUGI_HOME"]}, var=running.var))
    generation = before["generation"]
    known = {each.id for each in platform.records.scan(Incident)}
    lost = [each.id for each in platform.records.scan(Chunk, {"source": "runbooks", "live": True})][5:12]
    assert platform.index.delete(generation, lost) == 7
    assert dump_of_runbooks()["entries"] == before["entries"] - 7

    def closed():
        new = [each for each in platform.records.scan(Incident) if each.id not in known]
        return next((each for each in new if each.state in ("resolved", "escalated", "undone")), None)

    incident = running.eventually(closed, "healing of what was deleted by hand", 240)
    assert (incident.kind, incident.state) == ("missing-chunks", "resolved")
    assert dump_of_runbooks() == before
    shown = json.loads(running.kintsugi("incidents", "--all", "--json"))
    assert incident.id in json.dumps(shown)
    platform.close()
