"""The sign test: how many studies favour treatment, with an exact interval."""

from dataclasses import dataclass

import scipy  # loads scipy.special at its first use


@dataclass(frozen=True)
class SignTest:
    """Share of studies that favour treatment.

    Attributes
    ----------
    share, low, high : float
        0 to 1; None where no study has a direction.
    p_value : float
        Two-sided, against one half; None where no study has a direction.
    """

    share: float | None
    low: float | None
    high: float | None
    p_value: float | None


def sign_test(benefit, harm, *, ci_level=0.95):
    """Test whether as many studies favour treatment as control.

    Parameters
    ----------
    benefit, harm : int
        Studies that favour treatment, and control; those without a direction are not counted.
    ci_level : float

    Returns
    -------
    SignTest

    Raises
    ------
    ValueError
        If a count is negative.

    References
    ----------
    Test: Boon and Thomson (2021), doi:10.1002/jrsm.1458. Interval: Clopper and Pearson (1934),
    doi:10.1093/biomet/26.4.404.
    """
    if benefit < 0 or harm < 0:
        raise ValueError(f"counts must be >= 0; got {benefit} and {harm}.")
    n = benefit + harm
    if n == 0:
        return SignTest(None, None, None, None)
    tail = (1 - ci_level) / 2
    quantile = scipy.special.betaincinv
    low = 0.0 if benefit == 0 else float(quantile(benefit, harm + 1, tail))
    high = 1.0 if harm == 0 else float(quantile(benefit + 1, harm, 1 - tail))
    # Twice the smaller tail of the binomial with one half.
    p = min(1.0, 2 * float(scipy.special.bdtr(min(benefit, harm), n, 0.5)))
    return SignTest(benefit / n, low, high, p)
