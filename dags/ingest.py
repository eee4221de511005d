"""One DAG for each source in `include/sources.yaml`: `ingest_<name>`."""

from airflow.sdk import DAG

from kintsugi.settings import load_settings
from kintsugi.sources.config import load_sources
from kintsugi_airflow.ingest import ingest_dag

for each in load_sources(load_settings()).sources.values():
    if each.enabled:
        made: DAG = ingest_dag(each)
        globals()[made.dag_id] = made
