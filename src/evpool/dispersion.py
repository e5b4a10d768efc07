"""The one converter from a printed error bar to a standard deviation."""

import numpy as np

CONFIDENCE_LEVEL = {"ci95": 0.95, "ci90": 0.90}
CONVERTIBLE = ("sd", "sem", *CONFIDENCE_LEVEL)


def to_sd(error, error_type, n):
    """Standard deviation of one arm from its printed error.

    Parameters
    ----------
    error : float
        The half length of the error bar, in the outcome's unit.
    error_type : {'sd', 'sem', 'ci95', 'ci90'}
        What the bar shows.
    n : int
        Animals in the arm.

    Returns
    -------
    float
        The SD in the outcome's unit.

    Raises
    ------
    ValueError
        For any other kind of error: it can't be converted without knowing more.

    References
    ----------
    Cochrane Handbook 6.4, section 6.5.2.2: SD = SE sqrt(n); a confidence interval is divided by
    the t quantile with n - 1 degrees of freedom, because animal groups are small.
    """
    if error_type == "sd":
        return error
    if error_type == "sem":
        return error * np.sqrt(n)
    if error_type in CONFIDENCE_LEVEL:
        # Imported here: most tables state SDs, and scipy.special costs half a second.
        from evpool.distributions import t_quantile

        upper = (1 + CONFIDENCE_LEVEL[error_type]) / 2
        return error / float(t_quantile(upper, n - 1)) * np.sqrt(n)
    raise ValueError(
        f"an error of type {error_type!r} can't be converted to an SD; "
        f"expected one of {', '.join(CONVERTIBLE)}"
    )
