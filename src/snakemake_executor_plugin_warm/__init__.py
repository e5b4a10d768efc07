"""A local executor for Snakemake whose Python scripts start warm.

Snakemake starts a Python for every job, which then imports its libraries: for small jobs that is
nearly all they do. Here one process, the nursery, imports them once; each job is a fork of it. What
a job runs, and all that Snakemake does around it, stays as with the executor `local`. Jobs that
need an environment or a container of their own, several threads or a shadow folder, and those of
other languages, start as ever.
"""

from snakemake.executors.local import Executor as LocalExecutor
from snakemake.executors.local import common_settings as common_settings
from snakemake.script import PythonScript

from snakemake_executor_plugin_warm.nursery import Nursery


class Executor(LocalExecutor):
    """The local executor, with a nursery for its Python scripts."""

    def __post_init__(self):
        super().__post_init__()
        self.nursery = Nursery()
        cold_start = PythonScript.execute_script

        def execute_script(script, path, edit=False):
            if edit or _needs_its_own_start(script):
                cold_start(script, path, edit=edit)
            else:
                self.nursery.run(path)

        # Snakemake has no setting for how a script is started: this method is the one place.
        PythonScript.execute_script = execute_script

    def shutdown(self):
        """Wait for the running jobs, then end the nursery."""
        super().shutdown()
        self.nursery.close()

    def cancel(self):
        """Do as `shutdown` does: an interrupt from the keyboard reaches the jobs anyway."""
        self.shutdown()


def _needs_its_own_start(script):
    elsewhere = script.conda_env or script.container_img or script.env_modules or script.shadow_dir
    return elsewhere or script.bench_record or script.threads > 1
