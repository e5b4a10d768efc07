"""The tasks of the benchmark by one Python peer: python peers_worker.py data.csv PACKAGE.

What a peer lacks but can be had by refitting in a loop (leaving out, subsets) is done so.
"""

import sys
import warnings
from importlib.metadata import version

import numpy as np
from stopwatch import serve


class Loops:
    """Analyses that refit, for packages that can only fit."""

    def __init__(self, yi, vi, fit):
        self.yi, self.vi, self.fit = yi, vi, fit

    def leave_one_out_dl(self, _):
        """Refit by DL without each study."""
        keep = ~np.eye(self.yi.size, dtype=bool)
        return sum(self.fit(self.yi[rows], self.vi[rows], "DL")[0] for rows in keep)

    def subsets(self, amount, method):
        """Refit random subsets, each study in with probability one half."""
        keep = np.random.default_rng(1).random((amount, self.yi.size)) < 0.5
        keep[:, :2] |= keep.sum(axis=1, keepdims=True) < 2
        return np.mean([self.fit(self.yi[rows], self.vi[rows], method)[0] for rows in keep])

    def tasks(self, *methods):
        """Return the tasks, each name ending in its tau2 method, for these methods."""
        found = {}
        for method in methods:
            name = method.lower()
            found[f"fit_{name}"] = lambda _, method=method: self.fit(self.yi, self.vi, method)[1]
            found[f"gosh_{name}"] = lambda amount, method=method: self.subsets(amount, method)
        if "DL" in methods:
            found["leave_one_out_dl"] = self.leave_one_out_dl
        return found


def pymetaanalysis(yi, vi, year):
    """PyMetaAnalysis: leave-one-out of its own; meta-regression without permutations."""
    import meta_analyze

    def fit(y, v, method):
        found = meta_analyze.meta_analysis(effect=y, variance=v, model="random", tau2_method=method)
        return found.estimate, found.tau2

    whole = meta_analyze.meta_analysis(effect=yi, variance=vi, model="random", tau2_method="DL")

    def leave_one_out_dl(_):
        return sum(found.estimate for found in whole.leave_one_out().results)

    def permutations_dl(amount):
        rng, count = np.random.default_rng(1), 0
        observed = abs(regress(np.arange(yi.size)))
        for _ in range(amount):
            count += abs(regress(rng.permutation(yi.size))) >= observed
        return (count + 1) / (amount + 1)

    def regress(order):
        found = meta_analyze.meta_regression(
            effect=yi[order], variance=vi[order], moderators={"year": year}, tau2_method="DL"
        )
        slope = found.coefficients.iloc[1]
        return slope["estimate"] / slope["standard_error"]

    tasks = Loops(yi, vi, fit).tasks("DL", "REML")
    return tasks | {"leave_one_out_dl": leave_one_out_dl, "permutations_dl": permutations_dl}


def pymare(yi, vi, year):
    """PyMARE: a batched permutation test of its own."""
    from pymare import meta_regression

    def fit(y, v, method):
        found = meta_regression(y=y, v=v, method=method)
        return found.get_fe_stats()["est"].item(), np.asarray(found.tau2).item()

    settings = {"method": "DL", "X_names": ["year"], "small_sample_correction": "wald"}

    def permutations_dl(amount):
        found = meta_regression(y=yi, v=vi, X=year, **settings)
        return found.permutation_test(amount).perm_p["fe_p"][-1, 0]

    return Loops(yi, vi, fit).tasks("DL", "REML") | {"permutations_dl": permutations_dl}


def statsmodels(yi, vi, _):
    """Statsmodels: DL, but no REML; no random-effects meta-regression."""
    from statsmodels.stats.meta_analysis import combine_effects

    def fit(y, v, method):
        found = combine_effects(y, v, method_re=method.lower())
        return found.mean_effect_re, found.tau2

    return Loops(yi, vi, fit).tasks("DL", "PM")


PEERS = {"PyMetaAnalysis": pymetaanalysis, "pymare": pymare, "statsmodels": statsmodels}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    path, package = sys.argv[1:]
    data = np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)
    serve(PEERS[package](*data), {package: version(package)})
