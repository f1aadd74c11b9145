# One image for API, worker and maintenance: `python server.py` (default), `python worker.py`, `python -m crm migrate`, `python -m crm check`,
# `python -m deployment status`, and the command line of the API: `python -m purchase_approval_client`.

FROM python:3.13-slim AS packages
COPY requirements.lock /
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
        --requirement /requirements.lock \
    && /venv/bin/pip uninstall --yes pip

FROM python:3.13-slim
COPY --from=packages /venv /venv
WORKDIR /app
COPY activities activities
COPY api api
COPY application application
COPY approval approval
COPY connectors connectors
COPY crm crm
COPY deployment deployment
COPY notices notices
COPY purchase_approval_client purchase_approval_client
COPY texts texts
COPY web web
COPY workflows workflows
# What a build has to go on with before it is deployed: python -m deployment check
COPY tests/replay/histories tests/replay/histories
COPY admission.py arrivals.py body_limit.py check.py company.py cors.py engine_metrics.py file_transfer.py garbage.py hosts.py issuer.py leaving.py logs.py priority.py problems.py security_headers.py server.py settings.py trace_context.py tracing.py worker.py worker_health.py ./
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 API_HOST=0.0.0.0
RUN python -m compileall -q /app && useradd --system --uid 10001 --no-create-home purchase-approval
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
CMD ["python", "server.py"]
