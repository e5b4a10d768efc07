"""Three places where Snakemake's own work grows with the number of jobs and need not.

It has no settings for them. Each changes how often Snakemake does something, not what it does.
"""

from functools import cache

from snakemake import common, rules
from snakemake.dag import ScriptProcessor

SNAKEMAKES_LIMIT = (100, 1)  # jobs, seconds


def plan_per_rule():
    """Have Snakemake do some of its planning once a rule, where it does it once a job.

    That is a third of the planning of 16,000 jobs. It opens the script of each job to see
    that it is there, and inspects the signature of each function of a rule several times a job. A
    script whose path holds a wildcard is still looked for in each job.
    """
    _check_scripts_once()
    rules.get_function_params = common.get_function_params = cache(common.get_function_params)


def _check_scripts_once():
    check = ScriptProcessor.process_job
    found = set()

    def process_job(processor, job):
        script = str(getattr(job.rule, processor.script_type))
        place = (processor.script_type, job.rule.name, script)
        if place not in found:
            check(processor, job)
        if "{" not in script:
            found.add(place)

    ScriptProcessor.process_job = process_job


def lift_default_limit(workflow):
    """Take away the limit of 100 jobs a second, unless another one was asked for.

    It makes the scheduler wake once a second for each of its past choices: after a thousand jobs
    it does nothing else.
    """
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if (limit.max_jobs, limit.timespan) == SNAKEMAKES_LIMIT:
        workflow.scheduler.job_rate_limiter = None
