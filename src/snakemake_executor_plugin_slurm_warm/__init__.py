"""The Slurm executor, whose submissions start their jobs warm.

The plugin `slurm` gives each job of a submission a job step and two Snakemakes of its own: seconds
for a job of half a second. Here one Snakemake a submission forks them, as the executor `warm` does
on a laptop. Submitting, watching and cancelling stay the plugin's.
"""

try:
    from snakemake_executor_plugin_slurm import Executor as SlurmExecutor
    from snakemake_executor_plugin_slurm import ExecutorSettings as ExecutorSettings
    from snakemake_executor_plugin_slurm import common_settings as common_settings
except ImportError:  # the extra `cluster` is not installed; Snakemake still loads every executor
    from snakemake.executors.local import common_settings as common_settings

    SlurmExecutor = None


if SlurmExecutor:

    class Executor(SlurmExecutor):
        """The Slurm executor with another way to run what was submitted."""

        def additional_general_args(self):
            """Return what the Snakemake of a submission is told beside its jobs."""
            return "--executor warm --cores 1"

else:

    class Executor:
        """What stands in for it and says how to get it."""

        def __init__(self, workflow, logger):
            raise RuntimeError(
                "this executor needs snakemake-executor-plugin-slurm: evpool[cluster]"
            )
