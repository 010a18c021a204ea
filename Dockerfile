# The site as an image: web, worker and sweep are the same image with another command. See docs/production.md.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
WORKDIR /srv/interchange
COPY requirements-uv.lock requirements.lock ./
RUN python -m pip install --no-deps --require-hashes --target /opt/uv -r requirements-uv.lock
RUN /opt/uv/bin/uv venv --python /usr/local/bin/python .venv
RUN /opt/uv/bin/uv pip sync --require-hashes --no-cache --compile-bytecode --python .venv/bin/python requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/srv/interchange/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/interchange HOST=0.0.0.0 PORT=8000
# The numbers are fixed, so that the owner of a volume stays the same with the next image.
RUN groupadd --gid 10001 interchange \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin interchange \
 && install -d -o 10001 -g 10001 -m 0750 /var/lib/interchange
WORKDIR /srv/interchange
COPY --from=build /srv/interchange/.venv .venv
COPY manage.py gunicorn.conf.py pyproject.toml LICENSE ./
COPY expo expo
COPY matchmaking matchmaking
COPY templates templates
COPY locale locale
COPY fixtures fixtures
COPY deploy/healthcheck.py deploy/healthcheck.py
RUN PYTHONDONTWRITEBYTECODE= python -m compileall -q expo matchmaking manage.py gunicorn.conf.py
USER 10001:10001
VOLUME /var/lib/interchange
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python", "deploy/healthcheck.py"]
CMD ["gunicorn", "expo.wsgi"]
