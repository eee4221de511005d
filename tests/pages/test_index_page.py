"""What a person sees on the page *Index*."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kintsugi.errors import StoreUnavailable
from kintsugi.index.publish import build, publish
from kintsugi.platform import Platform
from kintsugi.records import POINTER, Chunk, Generation, Pointer
from kintsugi.stores.engine import Capability, EngineReport
from kintsugi_airflow.pages import indexing
from kintsugi_airflow.pages.app import make_app
from kintsugi_airflow.pages.indexing import IndexPage
from kintsugi_airflow.pages.opened import OpenedOnce
from tests.builders import RUN, FakeClock, chunk, document
from tests.index.crashing import seed_few
from tests.pages.conftest import log_in, mounted

INDEX = "/kintsugi/index"
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"


class Unreachable:
    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*args: Any, **kwargs: Any) -> Any:
            raise StoreUnavailable("engine at nowhere: no answer", next_step="start it")

        return ask


def page_of(platform: Platform, role: str = "admin") -> TestClient:
    app = make_app(OpenedOnce(lambda: platform))
    log_in(app, role)
    return TestClient(mounted(app), headers={"accept": "text/html"})


def generation(name: str = "g-9", **changes: Any) -> Generation:
    values = {"id": name, "fingerprint": "f", "dimension": 4, "pipeline": "p", "state": "ready", "created_at": 1.0}
    return Generation(**(values | {"run": RUN} | changes))


def rejected(text: str) -> dict[str, Any]:
    side = {"rank": 3, "titles": [f"{text} title"]}
    lost = {"query": f"{text} query", "origin": "feedback", "leg": "dense", "loss": 0.5, "relevant": [f"{text} name"]}
    numbers = {"pairs": 40, "before": 0.9, "after": 0.4, "hybrid": -0.5, "hybrid p": 0.001}
    worst = [{**lost, "before": side, "after": {**side, "rank": None}}]
    return {"ruling": "reject", "reason": "the dense leg", "numbers": numbers, "worst": worst, "before": "g-1"}


@pytest.fixture
def served(platform: Platform, clock: FakeClock) -> str:
    """The name of the generation that serves 8 chunks."""
    seed_few(platform)
    clock.advance(1000)
    return publish(platform, RUN).generation


def test_before_the_first_publish_every_section_says_what_is_to_come(client):
    text = client.get(INDEX).text
    assert "Nothing is served yet" in text
    assert "There is nothing to compare yet" in text
    assert "golden.jsonl" in text
    assert "SQLite" in text
    assert "LanceDB" in text


def test_a_healthy_index_says_so_with_generation_gate_digests_and_engines(client, served):
    text = client.get(INDEX).text
    assert "All is well" in text
    assert text.count(served) >= 4
    assert "<strong>8</strong> entries" in text
    assert "the first generation" in text
    assert ">equal</span>" in text
    assert "8</strong> chunks in the records" in text


def test_commands_are_shown_to_copy_and_lead_to_their_dags(client):
    text = client.get(INDEX).text
    assert '<code class="copy">kintsugi generations rollback</code>' in text
    for dag in ("build_generation", "reconcile", "tidy"):
        assert f'href="/dags/{dag}"' in text


def test_a_name_that_a_shell_would_run_is_quoted(client, platform):
    platform.records.put([generation("g; rm -rf ~", gate=rejected("a"))])
    assert "kintsugi generations promote &#39;g; rm -rf ~&#39;" in client.get(INDEX).text


def test_a_rejected_generation_shows_its_numbers_and_worst_queries(client, platform):
    platform.records.put([generation(gate=rejected("plain"))])
    text = client.get(INDEX).text
    for part in ("reject", "the dense leg", "0.900", "0.400", "−0.5", "0.001", "plain query", "plain title", "rank 3"):
        assert part in text
    assert "not found" in text
    assert "kintsugi generations promote g-9" in text


def test_who_may_not_operate_the_index_sees_ranks_and_no_words_of_queries(platform):
    """A golden query may quote a document that not everybody may read."""
    platform.records.put([generation(gate=rejected("secret"))])
    client = page_of(platform, role="viewer")
    text, told = client.get(INDEX).text, client.get("/kintsugi/api/index").text
    assert "secret" not in text + told
    assert "rank 3" in text
    assert '"rank":3' in told
    assert "secret query" in page_of(platform, role="user").get(INDEX).text


def test_drift_is_the_first_thing_to_be_said(client, platform, served):
    platform.index.delete(served, [next(platform.records.scan(Chunk)).id])
    text = client.get(INDEX).text
    assert "1 entry of the serving generation is not what the records say" in text
    assert ">1 wrong</span>" in text
    assert 'class="hot-' in text


def test_what_differs_without_a_fault_is_painted_in_another_colour_and_says_why(platform, served, clock):
    clock.advance(1000)
    new = document("new.md", text="Fresh.", changed_at=clock.now)
    platform.records.put([new, chunk("Fresh.", of=new)])
    text = page_of(platform).get(INDEX, params={"compare": "now"}).text
    assert "differs, no fault" in text
    assert text.count('<rect class="excused"') == 1
    assert "1 differ, no fault: not published yet" in text
    assert 'class="hot-1"' not in text


def test_an_index_that_does_not_answer_is_an_error_on_the_page_and_not_of_the_page(platform, served):
    client = page_of(platform.using(index=Unreachable()))
    answer = client.get(INDEX)
    assert answer.status_code == 200
    assert "engine at nowhere: no answer" in answer.text
    assert "start it" in answer.text
    assert served in answer.text
    assert "entries not known" in answer.text
    assert client.get(INDEX, params={"compare": "now"}).status_code == 200


def test_records_that_do_not_answer_are_an_error_on_the_page_and_not_of_the_page(platform):
    client = page_of(platform.using(records=Unreachable()))
    answer = client.get(INDEX)
    assert answer.status_code == 200
    assert "The records can't be asked" in answer.text.replace("&#39;", "'")
    assert client.get("/kintsugi/api/index").json()["generations"] is None


def test_hostile_text_stays_text(client, platform):
    platform.records.put(
        [
            generation("g-8", gate=rejected(ATTACK) | {"reason": ATTACK, "before": ATTACK}, fingerprint=ATTACK),
            generation("g-7", state="retired", dropped_at=2.0, fingerprint=ATTACK),
            Pointer(id=POINTER, generation=ATTACK, previous=ATTACK, reason=ATTACK, flipped_at=1.0),
        ]
    )
    text = client.get(INDEX).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "49" not in text.replace(ATTACK, "")


def test_nothing_on_the_page_breaks_its_own_policy(client, platform):
    platform.records.put([generation(gate=rejected("plain"))])
    answer = client.get(INDEX)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "style=" not in answer.text
    assert "<script>" not in answer.text
    assert "//" not in answer.text.replace("http://www.w3.org/2000/svg", "").replace(str(platform.settings.var), "")


def test_the_json_has_what_the_page_has(client, served):
    told = client.get("/kintsugi/api/index").json()
    assert told["generations"]["serving"] == served
    assert told["generations"]["there"][0]["verdict"]["ruling"] == "promote"
    assert told["comparison"]["sides"][0]["wrong"] == {"missing": 0, "stale": 0, "orphaned": 0, "excused": 0}
    assert [each["role"] for each in told["engines"]] == ["records", "index"]


def test_capabilities_say_what_is_there_what_is_used_and_what_was_seen(platform):
    offered = (
        Capability("$vectorSearch", present=False, detail="the index does this"),
        Capability("change streams", present=True, used=True, detail=f"`watch` answered {ATTACK}"),
    )
    report = EngineReport("records", "MongoDB", "7.0.2", "mongodb://db:27017/kintsugi", offered)
    text = page_of(platform.using(records=Described(platform.records, report))).get(INDEX).text
    assert "MongoDB 7.0.2" in text
    assert '<td class="id">$vectorSearch</td><td class="is-no">no</td><td class="is-no">no</td><td>the index' in text
    assert '<td class="is-yes">yes</td><td class="is-yes">yes</td><td>' in text
    assert "<script>alert" not in text


class Described:
    """A store that says it is another engine."""

    def __init__(self, inner: Any, report: EngineReport) -> None:
        self.inner = inner
        self.report = report

    def describe(self) -> EngineReport:
        return self.report

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_a_look_changes_nothing(client, platform, served):
    kinds = (Generation, Pointer, Chunk)
    before = [(each.id, each.version) for kind in kinds for each in platform.records.scan(kind)]
    client.get(INDEX, params={"compare": "now"})
    assert [(each.id, each.version) for kind in kinds for each in platform.records.scan(kind)] == before


def test_a_stranger_is_led_to_the_login_and_back_to_this_page(stranger):
    answer = stranger.get(INDEX, headers={"accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/api/v2/auth/login?next=%2Fkintsugi%2Findex"


def test_the_two_pages_lead_to_each_other(client):
    assert 'href="/kintsugi/index" data-framed="/plugin/kintsugi-index"' in client.get("/kintsugi/").text
    assert 'href="/kintsugi/" data-framed="/plugin/kintsugi"' in client.get(INDEX).text


class CountingIndex:
    """Counts what it is asked for; the rest is the real one."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.digested = 0

    def digests(self, name: str) -> Any:
        self.digested += 1
        return self.inner.digests(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_a_comparison_is_kept_for_a_while_and_made_anew_when_asked_for_or_another_serves(platform, served):
    clock, counting = FakeClock(), CountingIndex(platform.index)
    watched = platform.using(index=counting)
    page = IndexPage(OpenedOnce(lambda: watched), clock)
    for _ in range(3):
        assert page.seen(compare=False, texts=True).comparison is not None
    assert counting.digested == 1
    page.seen(compare=True, texts=True)
    assert counting.digested == 1, "it was compared a moment ago"
    clock.advance(indexing.ON_REQUEST_WITHIN + 1)
    page.seen(compare=True, texts=True)
    assert counting.digested == 2
    clock.advance(indexing.COMPARED_FOR + 1)
    page.seen(compare=False, texts=True)
    assert counting.digested == 3
    from kintsugi.index.switch import promote

    promote(platform, build(platform, RUN).generation)
    seen = page.seen(compare=False, texts=True)
    assert seen.comparison is not None
    assert seen.generations is not None
    assert seen.comparison.sides[0].generation == seen.generations.serving


def test_a_large_index_is_compared_only_when_somebody_asks(platform, served, monkeypatch):
    monkeypatch.setattr(indexing, "CHEAP", 7)
    page = IndexPage(OpenedOnce(lambda: platform), FakeClock())
    assert page.seen(compare=False, texts=True).comparison is None
    assert page.seen(compare=True, texts=True).comparison is not None
    assert page.seen(compare=False, texts=True).comparison is not None, "it is remembered"
