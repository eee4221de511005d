"""Dropping a file into the inbox."""

import time

NOTE = """# Nightly export of the harbour ledger

When the harbour ledger export stalls, restart the tide collector first and then replay the manifest queue.
"""
QUESTION = "What do I restart when the harbour ledger export stalls?"


def test_a_dropped_file_answers_within_thirty_seconds_and_a_bad_one_beside_it_is_quarantined(running):
    inbox = running.var / "inbox"
    begun = time.monotonic()
    (inbox / "harbour.md").write_text(NOTE)
    (inbox / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing that a reader could use")

    def answered():
        answer = running.api.post("/kintsugi/api/ask", json={"question": QUESTION}).json()
        return any("tide collector" in each["sentence"] for each in answer.get("sentences", ()))

    running.eventually(answered, "an answer from the dropped file", 60)
    seconds = time.monotonic() - begun
    assert seconds < 30, f"answerable after {seconds:.1f} s"
    refused = running.json("quarantine", "list")
    assert [each for each in refused["quarantined"] if each["item"] == "broken.pdf"], refused


def test_removing_the_file_removes_its_answers(running):
    (running.var / "inbox" / "harbour.md").unlink()

    def silent():
        answer = running.api.post("/kintsugi/api/ask", json={"question": QUESTION}).json()
        return not any("tide collector" in each["sentence"] for each in answer.get("sentences", ()))

    running.eventually(silent, "forgetting the removed file", 60)
