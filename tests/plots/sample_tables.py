"""Small results tables for the tests of the figures, of the shape that the pipeline writes."""

import numpy as np
import pyarrow as pa

LONG_NAME = "Papadopoulos-Konstantinidis et al. 2019b"  # 40 characters
LEVELS = ("bone_marrow", "adipose", "umbilical cord blood, hypoxia preconditioned")


def effects_table(k, *, size=1.0, seed=1, generic=False, long_names=False, grouped=False):
    """Simulate k two-arm comparisons; `size` scales all means, SDs and effects."""
    rng = np.random.default_rng(seed)
    n = rng.integers(6, 25, size=(2, k))
    sd = rng.uniform(0.4, 1.5, size=(2, k)) * size
    mean = np.array([rng.normal(2.0, 0.5, k), rng.normal(0.9, 0.3, k)]) * size
    yi = mean[0] - mean[1]
    vi = (sd**2 / n).sum(axis=0)
    names = [LONG_NAME if long_names and i % 4 == 0 else f"Author {i + 1} 2021" for i in range(k)]
    half = 1.959964 * np.sqrt(vi)
    columns = {
        "review": ["sim"] * k,
        "outcome": ["score"] * k,
        "effect_id": [f"study_{i}:1" for i in range(k)],
        "label": names,
        "yi": yi,
        "vi": vi,
        "sei": np.sqrt(vi),
        "ci_low": yi - half,
        "ci_high": yi + half,
    }
    arms = {"n_t": n[0], "n_c": n[1]}
    arms |= {"mean_t": mean[0], "sd_t": sd[0], "mean_c": mean[1], "sd_c": sd[1]}
    nothing = pa.nulls(k, pa.float64())
    columns |= dict.fromkeys(arms, nothing) if generic else arms
    columns["year"] = np.sort(rng.integers(2010, 2024, k))
    if grouped:
        columns["source"] = [LEVELS[i % len(LEVELS)] for i in range(k)]
    return pa.table(columns)


def _fit(yi, vi, model):
    """Common effect or DerSimonian-Laird, as one row of the pooled table, and the weights."""
    w, k = 1 / vi, len(yi)
    centre = (w * yi).sum() / w.sum()
    q = (w * (yi - centre) ** 2).sum()
    scale = w.sum() - (w**2).sum() / w.sum() if k > 1 else 1.0
    tau2 = max((q - (k - 1)) / scale, 0.0) if model == "random" and k > 1 else 0.0
    w = 1 / (vi + tau2)
    estimate, se = (w * yi).sum() / w.sum(), w.sum() ** -0.5
    low, high = estimate - 1.959964 * se, estimate + 1.959964 * se
    wide = 2.2 * np.sqrt(se**2 + tau2) if model == "random" and k > 2 else np.nan
    i2 = max((q - k + 1) / q, 0.0) if k > 1 else np.nan
    row = {"model": model, "tau2_method": "DL" if model == "random" else None}
    row |= {"ci_method": "wald", "ci_level": 0.95, "k": k, "estimate": estimate, "se": se}
    row |= {"ci_low": low, "ci_high": high, "pi_low": estimate - wide, "pi_high": estimate + wide}
    row |= {"tau2": tau2, "i2": i2, "q": q, "q_df": k - 1, "q_p": 0.004}
    return row, w / w.sum()


def _rows_to_table(rows):
    rows = [{key: None if value != value else value for key, value in row.items()} for row in rows]
    return pa.Table.from_pylist(rows)


def _arrays(effects):
    return (effects.column(name).to_numpy() for name in ("yi", "vi"))


def pooled_tables(effects):
    """Weights and pooled tables of all studies, common and random."""
    yi, vi = _arrays(effects)
    counts = {f"n_{arm}": effects.column(f"n_{arm}").to_numpy().astype(float).sum() for arm in "tc"}
    pooled, weights = [], []
    for model in ("common", "random"):
        row, shares = _fit(yi, vi, model)
        head = {"review": "sim", "outcome": "score", "analysis": "overall"}
        pooled.append(head | row | counts)
        ids = effects.column("effect_id").to_pylist()
        weights += [
            head | {"model": model, "effect_id": name, "weight": share}
            for name, share in zip(ids, shares, strict=True)
        ]
    return _rows_to_table(weights), _rows_to_table(pooled)


def at_level(pooled, level):
    """Say that the intervals of a pooled table have another level."""
    return _rows_to_table([row | {"ci_level": level} for row in pooled.to_pylist()])


def subgroups_table(effects, moderator="source"):
    """Pooled results per level, separate tau²."""
    yi, vi = _arrays(effects)
    levels = np.array(effects.column(moderator).to_pylist())
    rows = []
    for level in dict.fromkeys(levels):
        for model in ("common", "random"):
            row, _ = _fit(yi[levels == level], vi[levels == level], model)
            row |= {"moderator": moderator, "level": level, "tau2_common": False}
            rows.append(row | {"q_between": 3.21, "df_between": 2, "p_between": 0.2})
    return _rows_to_table(rows)


def refits_table(effects, kind):
    """Leave-one-out or cumulative refits, both models."""
    yi, vi = _arrays(effects)
    rows = []
    for model in ("common", "random"):
        for i, study in enumerate(effects.to_pylist()):
            keep = np.arange(len(yi)) != i if kind == "leave_one_out" else np.arange(len(yi)) <= i
            row, _ = _fit(yi[keep], vi[keep], model)
            rows.append({"effect_id": study["effect_id"], "label": study["label"]} | row)
    return _rows_to_table(rows)


def influence_table(k, *, long_names=False, seed=3):
    """Deletion diagnostics of plausible size; the second study is influential."""
    rng = np.random.default_rng(seed)
    columns = {"label": effects_table(k, long_names=long_names).column("label")}
    scales = {"rstudent": 1, "dffits": 0.3, "cook_d": 0.1, "cov_ratio": 0.1, "tau2_deleted": 0.05}
    scales |= {"q_deleted": 9, "hat": 0.05, "dfbetas": 0.3, "baujat_x": 2, "baujat_y": 0.4}
    columns |= {name: np.abs(rng.normal(size=k)) * scale for name, scale in scales.items()}
    columns["rstudent"] = rng.normal(size=k)
    columns["influential"] = np.arange(k) == 1
    return pa.table(columns)


def predictions_table(effects, moderator="year"):
    """Predict along a moderator from a straight line, with bands."""
    x, y = (effects.column(name).to_numpy().astype(float) for name in (moderator, "yi"))
    at = np.linspace(x.min(), x.max(), 25)
    line = np.polyval(np.polyfit(x - x.mean(), y, 1), at - x.mean())
    columns = {moderator: at, "estimate": line, "ci_low": line - 0.2, "ci_high": line + 0.3}
    return pa.table(columns | {"pi_low": line - 0.9, "pi_high": line + 1.0})


def gosh_table(n=4000, seed=5):
    """Subsets in two clumps, and which hold the study that parts them."""
    rng = np.random.default_rng(seed)
    held = rng.random(n) < 0.5
    i2 = np.clip(rng.normal(np.where(held, 0.8, 0.4), 0.1), 0, 1)
    i2[:20] = np.nan
    return pa.table({"estimate": rng.normal(np.where(held, 1.0, 1.6), 0.1), "i2": i2}), held


def multiverse_table(options=(2, 3, 2), seed=6):
    """Every combination of as many options per choice; the last row has no estimate."""
    rng, rows = np.random.default_rng(seed), []
    names = ("tau2_method", "ci_method", "exclusions")
    known = (("DL", "REML", "PM"), ("wald", "hksj", "t"), (None, "high risk of bias", "unblinded"))
    for index in np.ndindex(*options):
        row = {name: known[j][i] for j, (name, i) in enumerate(zip(names, index, strict=True))}
        estimate, half = rng.normal(0.7, 0.4), rng.uniform(0.3, 0.6)
        row |= {"estimate": estimate, "ci_low": estimate - half, "ci_high": estimate + half}
        rows.append(row | {"statistic": 2 * estimate, "p_value": 0.01 if estimate > half else 0.3})
    rows[-1] |= dict.fromkeys(("estimate", "ci_low", "ci_high", "p_value", "statistic"))
    return pa.Table.from_pylist(rows)
