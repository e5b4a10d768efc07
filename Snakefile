"""evpool: from digitised figures of animal studies to finished meta-analyses."""

from snakemake.utils import min_version
from snakemake_executor_plugin_warm.planning import do_less_per_job, lift_default_limit

from evpool.run_lock import run_alone
from evpool.run_signals import stop_on_sigterm

min_version("9.10")
do_less_per_job()


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


onstart:
    run_alone(".snakemake/evpool.lock")
    stop_on_sigterm(workflow.scheduler.exit_gracefully)
    lift_default_limit(workflow)


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
