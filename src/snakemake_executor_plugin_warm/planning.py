"""Places where Snakemake's own work grows with jobs or files and need not.

It has no settings for them. Each changes how often Snakemake does something, not what it does.
"""

import atexit
import gc
from functools import cache, lru_cache

from snakemake import common, rules
from snakemake.dag import ScriptProcessor
from snakemake.jobs import GroupJob, Job
from snakemake.output_index import OutputIndex

SNAKEMAKES_LIMIT = (100, 1)  # jobs, seconds
# Python looks for garbage among new objects when there are 700 of them, and among all when those it
# has not looked at are a quarter of the rest. What planning makes stays.
RARELY = (100_000, 50, 1000)


def do_less_per_job():
    """Have Snakemake do some things less often; planning 16,000 jobs takes half the time.

    - It opens the script of each job, to see that it is there: now of each rule. A script whose
      path holds a wildcard is still looked for in each job.
    - It inspects the signature of each function of a rule several times a job: now once.
    - It looks for each input of a job among the files of all jobs that it waits for, to see if it
      is a pipe: 10 s for 4,000 inputs. Now only jobs that write pipes are asked.
    - It compares the group of each job with those of the jobs before it, member by member, to see
      which may start on a cluster: now only groups that are not the same object.
    - It asks of each input of each job which rule makes it: now of each file.
    - Python looks for garbage among all that is known of the jobs, time and again: 4 s, and 4 s at
      its end. Now it looks rarely, and not at its end.
    """
    gc.set_threshold(*RARELY)
    atexit.register(gc.freeze)
    _check_scripts_once()
    Job.is_pipe_or_service_input = _is_pipe_or_service_input
    GroupJob.__eq__ = _is_same_group
    OutputIndex.match_producers = cache(OutputIndex.match_producers)
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


def _is_pipe_or_service_input(job, path):
    return any(path in pipes for pipes in _pipes_before(job))


@lru_cache(maxsize=16)
def _pipes_before(job):
    outputs = (before.pipe_or_service_output for before in job.dag.dependencies[job])
    return [pipes for pipes in outputs if pipes]


def _is_same_group(group, other, compare=GroupJob.__eq__):
    return group is other or compare(group, other)


def lift_default_limit(workflow):
    """Take away the limit of 100 jobs a second, unless another one was asked for.

    It makes the scheduler wake once a second for each of its past choices: after a thousand jobs
    it does nothing else.
    """
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if (limit.max_jobs, limit.timespan) == SNAKEMAKES_LIMIT:
        workflow.scheduler.job_rate_limiter = None
