"""The page *Kintsugi* in the Airflow UI: a small FastAPI app, rendered on the server, behind Airflow's login."""
