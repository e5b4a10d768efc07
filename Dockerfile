# The environment of requirements.lock with the workflow in it.
#   docker build -t evpool .
#   mkdir -p results logs .snakemake
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD/results:/evpool/results" -v "$PWD/logs:/evpool/logs" \
#       -v "$PWD/.snakemake:/evpool/.snakemake" evpool
# Without .snakemake the next run can't know what the results were made from: docs/cluster.md.
FROM python:3.12-slim
WORKDIR /evpool
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make .venv/ready
# Anybody may run it: what a run writes may be written, caches go to HOME, and Snakemake asks for a name.
RUN mkdir results logs .snakemake && chmod a+rwx . results logs .snakemake
ENV HOME=/tmp USER=evpool PATH=/evpool/.venv/bin:$PATH
CMD ["snakemake", "--cores", "all"]
