"""Printed numbers as what they can stand for: the interval that rounds to them."""

import numpy as np

Z95 = 1.959963984540054
SLACK = 1e-9
TINY = 1e-6  # P values below this are not told apart
RATIOS = ("OR", "RR", "HR", "ROM", "PETO")  # printed as ratios, symmetric as logarithms
DIFFERENCES = ("MD", "WMD", "SMD", "NMD", "RD", "COHEN_D", "SMD1", "SMDH")


def decimals(printed):
    """Count the decimals of a number as printed: 3 for '1.250', 0 for '76', 5 for '4e-5'."""
    mantissa, _, exponent = printed.lower().partition("e")
    return len(mantissa.partition(".")[2]) - int(exponent or 0)


def most_decimals(numbers):
    """Count the decimals of numbers that were printed alike but read as floats, so that 2.00 is 2.

    Parameters
    ----------
    numbers : iterable of float or None
        None is passed over.

    Returns
    -------
    int
        The most that one of them needs, for a zero at the end is lost.
    """
    texts = [f"{number:.10f}".rstrip("0") for number in numbers if number is not None]
    return max(map(decimals, texts), default=0)


def rounded(printed, relation=None):
    """Return the lowest and highest number that a printed one can stand for.

    Parameters
    ----------
    printed : str
    relation : {None, '=', '<', '>', '<=', '>='}
        '<' and '>' leave the other side open.

    Returns
    -------
    low, high : float
    """
    value = float(printed)
    if relation and relation[0] == "<":
        return -np.inf, value
    if relation and relation[0] == ">":
        return value, np.inf
    half = 0.5 * 10.0 ** -decimals(printed)
    return value - half, value + half


def meet(a, b):
    """Tell whether two (low, high) ranges share a number."""
    slack = _slack(a, b)
    return a[0] <= b[1] + slack and b[0] <= a[1] + slack


def same(a, b):
    """Tell whether two printed numbers can be one: their ranges share more than an end."""
    slack = _slack(a, b)
    return a[0] < b[1] - slack and b[0] < a[1] - slack


def _slack(a, b):
    return SLACK * max(1.0, *(abs(x) for x in (*a, *b) if np.isfinite(x)))


def estimate_of(claim):
    """Return estimate, lower and upper limit of a claim as ranges on the scale they are made on.

    Returns
    -------
    dict of str to (low, high), or None
        None unless all three are printed and the measure is a known difference or ratio.
    """
    measure = (claim.get("measure") or "").upper()
    names = ("estimate", "ci_lower", "ci_upper")
    if not all(claim.get(name) for name in names) or measure not in (*RATIOS, *DIFFERENCES):
        return None
    ranges = {name: rounded(claim[name]) for name in names}
    if measure in RATIOS:
        if any(low <= 0 for low, _ in ranges.values()):
            return None
        ranges = {name: (np.log(low), np.log(high)) for name, (low, high) in ranges.items()}
    return ranges


def absolute(numbers):
    """Return the range of |x| where x is in a (low, high) range."""
    low, high = numbers
    least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return least, max(abs(low), abs(high))


def spread_of(ranges, quantile=Z95):
    """Return the range of the standard error behind a printed interval."""
    narrow = ranges["ci_upper"][0] - ranges["ci_lower"][1]
    wide = ranges["ci_upper"][1] - ranges["ci_lower"][0]
    return max(narrow, 0.0) / (2 * quantile), wide / (2 * quantile)


def statistic_of(ranges, quantile=Z95):
    """Return the range of |estimate / standard error| behind a printed estimate and interval."""
    least, most = absolute(ranges["estimate"])
    narrow, wide = spread_of(ranges, quantile)
    return least / wide, np.inf if narrow == 0 else most / narrow


def p_range(p):
    """Write a range of P values: 'from 0.02 to 0.03', or 'below 0.03' where its low end is tiny."""
    low, high = p
    return f"below {max(high, TINY):.2g}" if low < TINY else f"from {low:.2g} to {high:.2g}"


def shown(claim):
    """Write a claim's estimate with its interval as printed."""
    return f"{claim['estimate']} ({claim['ci_lower']} to {claim['ci_upper']})"


def finding(quantity, printed, recomputed, verdict, text):
    """Return one row of the audit, of a claim held against itself."""
    return {
        "quantity": quantity,
        "printed": printed,
        "recomputed": recomputed,
        "verdict": verdict,
        "finding": text,
        "against": "itself",
    }
