"""Where the page leads to."""

import pytest

from kintsugi.records import RunRef
from kintsugi_airflow.pages.links import Links

LINKS = Links("/kintsugi")


def test_a_registered_source_leads_to_its_dag_even_before_it_ran():
    assert LINKS.source("inbox", None, registered=True) == "/dags/ingest_inbox"


def test_what_the_platform_makes_itself_leads_to_the_dag_that_made_it():
    assert LINKS.source("expertise", RunRef(dag="refine", run_id="r")) == "/dags/refine"


@pytest.mark.parametrize("dag", ["cli", "bench", "test"])
def test_what_no_dag_brought_leads_nowhere(dag):
    run = RunRef(dag=dag, run_id="r")
    assert LINKS.source("wiki", run) == LINKS.run(run) == ""
    assert LINKS.source("wiki", None) == ""


def test_every_address_is_below_the_path_that_airflow_is_served_at():
    links = Links("/team/kintsugi")
    assert links.page == "/team/kintsugi/"
    assert links.source("inbox", None, registered=True) == "/team/dags/ingest_inbox"
    assert links.approvals == "/team/required_actions"
    assert links.run(RunRef(dag="heal", run_id="a/b:c+d")) == "/team/dags/heal/runs/a%2Fb%3Ac%2Bd"


def test_filters_of_the_quarantine_stand_in_its_address():
    assert LINKS.quarantine() == "/kintsugi/quarantine"
    assert LINKS.quarantine("a&b", "x=y") == "/kintsugi/quarantine?source=a%26b&check=x%3Dy"


@pytest.mark.parametrize("name", ["index", "sources", "quarantine"])
def test_the_way_back_from_the_login_is_one_of_the_pages(name):
    assert LINKS.back_to(f"/anywhere/{name}") == f"/kintsugi/{name}"
    assert LINKS.back_to("/anywhere/else") == LINKS.page
