# One image for every process of Trialog; docker-compose.yml says which command each container runs.

# What pip has to install, and nothing else of pyproject.toml: while that stays the same, the long layer below
# comes from the cache whatever else changes.
FROM python:3.11-slim-bookworm AS wanted
COPY pyproject.toml ./
RUN python -c "import tomllib; asked = tomllib.load(open('pyproject.toml', 'rb')); \
    project = asked['project']; extras = project['optional-dependencies']['object-store']; \
    print(*asked['build-system']['requires'], *project['dependencies'], *extras, sep='\n')" > /wanted.txt

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 LANG=C.UTF-8
WORKDIR /app
COPY requirements.lock ./
COPY --from=wanted /wanted.txt ./
RUN pip install --no-cache-dir --constraint requirements.lock --requirement wanted.txt

# Of the tree only what .dockerignore lets in: the packages and what describes them.
COPY . ./
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
    && useradd --system --uid 10001 --home-dir /var/lib/trialog --create-home trialog
USER trialog
ENV TRIALOG_DATA=/var/lib/trialog TRIALOG_HTTP=0.0.0.0:8080 TRIALOG_HL7=0.0.0.0:2575
EXPOSE 8080 2575
ENTRYPOINT ["trialog"]
