"""How the SDK's metrics are named, in worker and API alike: as Prometheus's own rules have it, which public dashboards expect."""

from __future__ import annotations

from temporalio.runtime import PrometheusConfig, TelemetryConfig


def engine_metrics(address: str) -> TelemetryConfig:
    """Telemetry of a runtime that serves its metrics at ``host:port``: counters end in ``_total``, durations are in seconds."""
    return TelemetryConfig(
        metrics=PrometheusConfig(
            bind_address=address, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
        )
    )
