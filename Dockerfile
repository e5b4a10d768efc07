# The environment of requirements.lock with the workflow in it. Not built by the tests.
#   docker build -t evpool . && docker run --rm -v "$PWD/results:/evpool/results" evpool
FROM python:3.12-slim
WORKDIR /evpool
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make .venv/ready
ENV PATH=/evpool/.venv/bin:$PATH
CMD ["snakemake", "--cores", "all"]
