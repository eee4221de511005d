"""The Airflow side of Kintsugi: operators, sensors, triggers, retry policy, listeners and pages."""
