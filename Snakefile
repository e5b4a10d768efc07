"""evpool: from digitised figures of animal studies to finished meta-analyses."""

from snakemake.utils import min_version

from evpool.run_lock import run_alone

min_version("9.10")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


onstart:
    run_alone(".snakemake/evpool.lock")
    # Snakemake's limit of 100 jobs a second makes its scheduler wake once a second for each of its
    # past choices: after a thousand jobs it does nothing else. It stays if another limit is asked for.
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


# In the order in which the data flow.
include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/arms.smk"
include: "workflow/rules/effects.smk"
include: "workflow/rules/moderators.smk"
include: "workflow/rules/sensitivity.smk"
include: "workflow/rules/bias.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/studies.smk"
include: "workflow/rules/across.smk"
include: "workflow/rules/umbrella.smk"
include: "workflow/rules/umbrella_report.smk"


rule all:
    default_target: True
    input:
        every_result,
