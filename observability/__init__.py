"""What operators see: dashboards and alert rules, as code.

`python -m observability` (`make dashboards`) writes them to deploy/, where Prometheus and Grafana
read them.
"""
