# A small server of one export:
#   tenfold export RUN --to onnx --out model.onnx
#   docker build --build-arg MODEL=model.onnx -t classifier .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL -p 127.0.0.1:8000:8000 -e TENFOLD_TOKEN=... classifier
FROM python:3.12-slim AS built
WORKDIR /build
RUN python -m venv /venv
COPY requirements-serve.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-serve.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir . . && /venv/bin/pip install --no-cache-dir --no-deps ./*.whl

# A machine of a Ray cluster; `tenfold cluster template` writes files that start one:
#   docker build --target cluster -t tenfold-cluster .
# KubeRay asks with wget whether it is well; Ray's cluster launcher copies files with rsync.
FROM python:3.12-slim AS cluster
RUN apt-get update && apt-get install --yes --no-install-recommends rsync wget && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv && useradd --uid 10001 --create-home tenfold
COPY requirements-cluster.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-cluster.txt
COPY --from=built /build/*.whl .
RUN /venv/bin/pip install --no-cache-dir --no-deps ./*.whl
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 RAY_USAGE_STATS_ENABLED=0
USER 10001:10001
WORKDIR /home/tenfold

FROM python:3.12-slim
ARG MODEL=model.onnx
COPY --from=built /venv /venv
COPY ${MODEL} /model.onnx
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --start-period=20s --interval=10s --timeout=5s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tenfold", "serve", "/model.onnx", "--host", "0.0.0.0", "--port", "8000"]
