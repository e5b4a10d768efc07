"""An R script that refits an outcome's pooled estimates with metafor and compares the results."""

TESTS = {"wald": "z", "t": "t", "hksj": "knha", "hksj_adhoc": "adhoc"}
ESTIMATORS = ("DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM")
HEADER = """\
# {review}, {outcome}: the pooled estimates of pooled.parquet, refitted with R's metafor.
# Run: Rscript refit.R   (it stops where a result differs by more than 1e-6, relative)
# metafor searches the tau2 of PM and PMM and may stop {slack} beside it: by so much it may differ,
# and estimate and se are those that metafor computes at the tau2 of pooled.parquet.
suppressMessages(library(metafor))
study <- c({labels})
yi <- c({yi})
vi <- c({vi})
compare <- function(name, fit, estimate, se, tau2, at = fit, slack = 0) {{
  same <- function(a, b, slack = 0) abs(a - b) <= max(1e-6 * max(abs(b), 1e-3), slack)
  ok <- same(coef(at), estimate) && same(at$se, se) && same(fit$tau2, tau2, slack)
  cat(sprintf("%-40s %.8f (se %.8f, tau2 %.8f) %s\\n", name, coef(at), at$se, fit$tau2,
              if (ok) "equal" else "DIFFERS"))
  if (!ok) stop(name, " differs from pooled.parquet")
}}
"""
STAMP = "# SYNTHETIC: these data were simulated; nothing here is a finding.\n"
FIT = """\
compare({name}, rma(yi[{rows}], vi[{rows}], method = "{method}", test = "{test}"{control}),
        {estimate}, {se}, {tau2}{searched})
"""
AT = """,
        at = rma(yi[{rows}], vi[{rows}], tau2 = {tau2}, test = "{test}"), slack = {slack}"""
PRECISE = dict.fromkeys(
    ("ML", "REML", "EB", "SJ"), ", control = list(threshold = 1e-13, maxiter = 10000)"
)
PRECISE |= dict.fromkeys(("PM", "PMM"), ", control = list(tol = 1e-10, maxiter = 10000)")
SEARCHED = ("PM", "PMM")
# R's uniroot stops within .Machine$double.eps^0.25 = 1.22e-4 of the root, if its tol is not given.
SLACK = 1.3e-4


def metafor_script(effects, pooled, weights, *, synthetic=False):
    """Write the R script for one outcome.

    Parameters
    ----------
    effects, pooled, weights : lists of dict
        Rows of EFFECTS, POOLED and WEIGHTS of the outcome.
    synthetic : bool
        Stamp the script SYNTHETIC.

    Returns
    -------
    str
        The script; an estimate that metafor has no equal for is named in a comment.
    """
    place = {name: effects[0][name] for name in ("review", "outcome")}
    script = HEADER.format(
        **place,
        labels=", ".join(_quoted(effect["label"]) for effect in effects),
        yi=", ".join(_exact(effect["yi"]) for effect in effects),
        vi=", ".join(_exact(effect["vi"]) for effect in effects),
        slack=SLACK,
    )
    positions = {effect["effect_id"]: i for i, effect in enumerate(effects, 1)}
    script = (STAMP if synthetic else "") + script
    return script + "".join(_refit(fit, _rows(fit, weights, positions)) for fit in pooled)


def _refit(fit, rows):
    if fit.get("warning"):
        return f"# {fit['analysis']}, {fit['model']}: not pooled: {fit['warning']}\n"
    method = "EE" if fit["model"] == "common" else fit["tau2_method"]
    known = fit["ci_method"] in TESTS and method in ("EE", *ESTIMATORS)
    if not known or not rows or fit.get("robust_alpha") is not None:
        return f"# {fit['analysis']}, {fit['model']}: metafor's rma has no equal for it.\n"
    shared = {
        "rows": f"c({', '.join(map(str, rows))})",
        "test": TESTS[fit["ci_method"]],
        "tau2": _exact(fit["tau2"]),
    }
    return FIT.format(
        **shared,
        name=_quoted(f"{fit['analysis']}, {fit['model']}"),
        method=method,
        control=PRECISE.get(method, ""),
        estimate=_exact(fit["estimate"]),
        se=_exact(fit["se"]),
        searched=AT.format(**shared, slack=SLACK) if method in SEARCHED else "",
    )


def _rows(fit, weights, positions):
    key = (fit["analysis"], fit["model"])
    return [positions[w["effect_id"]] for w in weights if (w["analysis"], w["model"]) == key]


def _exact(value):
    return repr(float(value))


def _quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
