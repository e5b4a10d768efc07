"""The `metareg`, `subgroup` and `sensitivity` entries of the reference files (metafor, meta)."""

import json
from pathlib import Path

import numpy as np

FILES = sorted(Path(__file__).parents[1].joinpath("reference").glob("*.json"))
REFERENCES = {path.stem: json.loads(path.read_text()) for path in FILES}
# Relative tolerances: estimators in closed form, and those that iterate.
CLOSED, ITERATED = 1e-10, 1e-6
ITERATIVE = ("ML", "REML", "EB")
# R finds Paule-Mandel's root with uniroot, which stops within this distance of tau2. So PM entries
# are compared at the reference's own tau2, and that ours solves Q(tau2) = k - p is tested apart.
UNIROOT = 1.3e-4


def entries(section, prefix=""):
    """All (dataset, key) pairs of a section whose key starts with `prefix`."""
    return [
        (name, key)
        for name, reference in REFERENCES.items()
        for key in reference.get(section, {})
        if key.startswith(prefix)
    ]


def effects(name):
    """Effects and variances of a dataset."""
    return np.array(REFERENCES[name]["yi"], dtype=float), np.array(REFERENCES[name]["vi"])


def settings_of(method):
    """Settings of `pool` for an estimator of the reference; EE is the common effect."""
    return {"model": "common"} if method == "EE" else {"tau2_method": method}


def tolerance(method):
    """Relative tolerance for an estimator."""
    return ITERATED if method in ITERATIVE else CLOSED


def assert_matches(expected, found, rtol):
    """Compare each found field with the reference's; both map names to arrays.

    Purely relative, so that small P values count; only where the reference has 0 is 1e-12 allowed,
    and where tau2 is on its boundary (I2 in per cent).
    """
    floor = {"tau2": 1e-12, "I2": 1e-9}
    for name, value in found.items():
        wanted = np.asarray(expected[name], dtype=float)
        atol = np.where(wanted == 0, 1e-12, floor.get(name, 0.0))
        with np.errstate(invalid="ignore"):  # inf - inf
            close = np.abs(value - wanted) <= rtol * np.abs(wanted) + atol
        close |= (value == wanted) | (np.isnan(value) & np.isnan(wanted))
        worst = np.argmin(close)
        assert close.all(), f"{name}: {np.ravel(value)[worst]} != {np.ravel(wanted)[worst]}"
