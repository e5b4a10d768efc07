"""The `bias` entries of the reference files (metafor 5.1-12; see tests/reference)."""

import json
from pathlib import Path

import numpy as np

FILES = sorted(Path(__file__).parents[1].joinpath("reference").glob("*.json"))
REFERENCES = {path.stem: json.loads(path.read_text()) for path in FILES}
REFERENCES = {name: reference for name, reference in REFERENCES.items() if "bias" in reference}


def entries(prefix):
    """All (dataset, key) pairs whose key starts with `prefix`."""
    return [
        (name, key)
        for name, reference in REFERENCES.items()
        for key in reference["bias"]
        if key.startswith(prefix)
    ]


def effects(name):
    """Effects and variances of a dataset."""
    return np.array(REFERENCES[name]["yi"]), np.array(REFERENCES[name]["vi"])


def sizes(name):
    """Subjects per comparison, or None where the dataset has none."""
    data = REFERENCES[name]["data"]
    for groups in (("ni",), ("n1", "n2"), ("n1i", "n2i")):
        if all(group in data for group in groups):
            return sum(np.array(data[group], dtype=float) for group in groups)
    return None


def expected(name, key):
    """One reference entry; null becomes NaN."""
    entry = REFERENCES[name]["bias"][key]
    return {field: np.nan if value is None else value for field, value in entry.items()}
