"""The tasks of the benchmark by evpool: python engine_worker.py data.csv."""

import resource
import sys

import numpy as np
from stopwatch import serve

import evpool
from evpool.stats import gosh, influence, permutation, pooling, sensitivity


def main(path):
    yi, vi, year = np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)
    design = np.column_stack([np.ones_like(year), year])

    def fit(method):
        return pooling.pool(yi, vi, tau2_method=method).tau2[0]

    def leave_one_out_dl(_):
        return sensitivity.leave_one_out(yi, vi, tau2_method="DL").estimate.sum()

    def influence_reml(_):
        return influence.influence(yi, vi).cook_d.sum()

    def permutations_dl(amount):
        found = permutation.permutation_test(
            yi,
            vi,
            design,
            names=("Intercept", "year"),
            tau2_method="DL",
            n_permutations=amount,
            rng=np.random.default_rng(1),
        )
        return found.p_value[1]

    def all_subsets(tau2_method):
        found = gosh.gosh(yi, vi, tau2_method=tau2_method)
        return found.estimate.mean()

    def peak_memory(tau2_method):
        """Peak of this process in MiB; Linux gives ru_maxrss in KiB."""
        if tau2_method:
            all_subsets(tau2_method)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    tasks = {
        "fit_reml": lambda _: fit("REML"),
        "fit_dl": lambda _: fit("DL"),
        "fit_pm": lambda _: fit("PM"),
        "leave_one_out_dl": leave_one_out_dl,
        "influence_reml": influence_reml,
        "permutations_dl": permutations_dl,
        "gosh_dl": lambda _: all_subsets("DL"),
        "gosh_reml": lambda _: all_subsets("REML"),
    }
    if len(sys.argv) > 2:
        print(peak_memory(sys.argv[2].removeprefix("imports")))
        return
    serve(tasks, {"evpool": evpool.__version__})


if __name__ == "__main__":
    main(sys.argv[1])
