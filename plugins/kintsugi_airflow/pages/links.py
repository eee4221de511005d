"""Where things are: this app's own files, and pages of the Airflow around it."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from kintsugi.records import Incident, RunRef
from kintsugi_airflow.pages.entry import MOUNT


@dataclass(frozen=True)
class Links:
    """Addresses on this server. ``here`` is the path that the app is mounted at, as the server sees it."""

    here: str

    @property
    def airflow(self) -> str:
        """The path below which Airflow itself is served; empty at the root."""
        return self.here.removesuffix(MOUNT)

    @property
    def page(self) -> str:
        """The page itself."""
        return f"{self.here}/"

    @property
    def index(self) -> str:
        """The page about the index."""
        return f"{self.here}/index"

    @property
    def sources(self) -> str:
        """The page about the sources."""
        return f"{self.here}/sources"

    def quarantine(self, source: str = "", check: str = "") -> str:
        """Return the page about what was refused, of one source or by one check where they are given."""
        query = urlencode({name: value for name, value in (("source", source), ("check", check)) if value})
        return f"{self.here}/quarantine" + (f"?{query}" if query else "")

    def decide(self, refusal: str, decision: str) -> str:
        """Return where a decision about a refusal is sent: ``release``, ``drop``, or "" to ask how it stands."""
        return f"{self.here}/api/quarantine/{quote(refusal, safe='')}" + (f"/{decision}" if decision else "")

    @property
    def expertise(self) -> str:
        """The page about patterns."""
        return f"{self.here}/expertise"

    def judge(self, pattern: str, verb: str) -> str:
        """Return where a decision about a pattern is asked about and sent: ``retire``, ``rollback`` or ``restore``."""
        return f"{self.here}/api/expertise/{quote(pattern, safe='')}/{verb}"

    def incident(self, incident: str) -> str:
        """Return the place of an incident on the first page."""
        return f"{self.page}#incident-{quote(incident, safe='')}"

    def data_docs(self, source: str) -> str:
        """Return the page of a source's newest validation."""
        return f"{self.here}/data-docs/{quote(source, safe='')}"

    def framed(self, route: str) -> str:
        """Return where Airflow shows a page inside its own frame; ``route`` is the plugin's ``url_route``."""
        return f"{self.airflow}/plugin/{route}"

    def static(self, name: str, mark: str) -> str:
        """Return the address of one of the page's files."""
        return f"{self.here}/static/{name}?{mark}"

    def ask(self, question: str) -> str:
        """Return the page with this question answered."""
        return f"{self.here}/?question={quote(question)}"

    def dag(self, dag: str) -> str:
        """Return a DAG's page."""
        return f"{self.airflow}/dags/{quote(dag, safe='')}"

    def source(self, source: str, last: RunRef | None, *, registered: bool = False) -> str:
        """Return the page of the DAG that brings a source: its own, else that of its last run; empty without one."""
        if registered:
            return self.dag(f"ingest_{source}")
        return self.dag(last.dag) if last and last.of_a_dag else ""

    def runs(self, dag: str) -> str:
        """Return the list of a DAG's runs."""
        return f"{self.dag(dag)}/runs"

    def run(self, run: RunRef) -> str:
        """Return a run's page; empty where no DAG was involved."""
        if not run.of_a_dag:
            return ""
        return f"{self.dag(run.dag)}/runs/{quote(run.run_id, safe='')}"

    def heal(self, incident: Incident) -> str:
        """Return the page of the last heal run that was started for the incident; empty when none was."""
        from kintsugi_airflow.dispatch import heal_run_id

        if not incident.notified_attempt:
            return ""
        return self.run(RunRef(dag="heal", run_id=heal_run_id(incident.id, incident.notified_attempt)))

    @property
    def approvals(self) -> str:
        """Airflow's list of actions that wait for a person."""
        return f"{self.airflow}/required_actions"

    def back_to(self, path: str) -> str:
        """Return that page of this app which a path names; the first one where it names none."""
        names = ("index", "sources", "quarantine", "expertise")
        return next((f"{self.here}/{name}" for name in names if path.endswith(f"/{name}")), self.page)

    def login(self, query: str = "", page: str = "") -> str:
        """Return Airflow's login, whatever auth manager it has, and from there back to the page with this query."""
        page = page or self.page
        back = f"{page}?{query}" if query else page
        return f"{self.airflow}/api/v2/auth/login?next={quote(back, safe='')}"
