"""Numbers as figures print them: real minus signs, sensible decimals, aligned columns."""

import math

MINUS = "\u2212"
_FIGURE_SPACE = "\u2007"  # as wide as a digit
_POINT_SPACE = "\u2008"  # as wide as a decimal point
_MINUS_SPACE = "\u2007\u2009"  # as wide as a minus sign, to 0.002 of the font size
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
MOST_DECIMALS = 6
MOST_DIGITS = 8


def is_missing(value):
    """Whether a cell is null or NaN."""
    return value is None or value != value


def decimals_for(scale):
    """Decimals at which numbers with this spread are printed.

    Two for a spread between 0.05 and 10, as the field prints; with a smaller spread more, so that
    rounding stays below a tenth of it, with a larger one fewer.

    Parameters
    ----------
    scale : float
        A standard error or SD; what is missing, zero or infinite counts as 1.

    Returns
    -------
    int
        0 or more.
    """
    if is_missing(scale) or scale <= 0 or math.isinf(scale):
        return 2
    fewest = 1 - math.floor(math.log10(2 * scale))
    return max(fewest, min(2, 2 - math.floor(math.log10(scale))), 0)


def median(values):
    """Middle of the numbers that are there; NaN if none is."""
    ranked = sorted(value for value in values if not is_missing(value))
    return ranked[len(ranked) // 2] if ranked else math.nan


def fixed(value, decimals):
    """Format with a fixed number of decimals; what would be too long becomes a power of ten."""
    if is_missing(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    if value and (decimals > MOST_DECIMALS or abs(value) >= 10**MOST_DIGITS):
        return scientific(value)
    text = f"{value:.{decimals}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def scientific(value, decimals=2):
    """Format as 1.23×10⁻⁹; decimals None means as many as it needs, at most two."""
    digits, exponent = f"{value:.{2 if decimals is None else decimals}e}".split("e")
    if decimals is None:
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits}×10{str(int(exponent)).translate(_SUPERSCRIPT)}".replace("-", MINUS)


def power_label(dose):
    """Write a dose plainly below 100,000, else as a power of ten: 250, 10¹⁰, 2.5×10⁹."""
    return scientific(dose, None).removeprefix("1×") if dose >= 1e5 or dose < 1e-3 else f"{dose:g}"


def significant(value, digits=2):
    """Format a positive number with at least this many digits that are not leading zeros."""
    if is_missing(value) or value == 0 or math.isinf(value):
        return fixed(value, digits)
    return fixed(value, max(digits, digits - 1 - math.floor(math.log10(abs(value)))))


def pad(texts):
    """Pad numbers with spaces of a digit's width so that their decimal points stand in line.

    Parameters
    ----------
    texts : list of str
        As `fixed` writes them; an empty one stays empty.

    Returns
    -------
    list of tuple of str
        (leading, number, trailing); joined and set in tabular figures they have one width.
    """
    wholes = [text.partition(".")[0].lstrip(MINUS) for text in texts]
    parts = [text.partition(".")[2] for text in texts]
    widest, deepest = max(map(len, wholes), default=0), max(map(len, parts), default=0)
    signed = any(text.startswith(MINUS) for text in texts)
    padded = []
    for text, whole, part in zip(texts, wholes, parts, strict=True):
        before = _FIGURE_SPACE * (widest - len(whole))
        if signed and not text.startswith(MINUS):
            before = _MINUS_SPACE + before
        after = _FIGURE_SPACE * (deepest - len(part))
        if deepest and not part:
            after = _POINT_SPACE + after
        padded.append((before, text, after) if text else ("", "", ""))
    return padded


def aligned(texts):
    """Pad numbers on the right so that, set flush right, their decimal points stand in line."""
    return [text + after for _, text, after in pad(texts)]


def intervals(estimates, lows, highs, show):
    """Format 'estimate [low, high]' for a column, each of the three parts aligned on its own.

    Parameters
    ----------
    estimates, lows, highs : list of float
        An interval without an estimate gives '[low, high]'; one with nothing an empty text.
    show : callable
        Formats one number.

    Returns
    -------
    list of str
        To be set flush right.
    """
    columns = [pad([show(value) for value in values]) for values in (estimates, lows, highs)]
    texts = []
    for middle, low, high in zip(*columns, strict=True):
        if not low[1]:
            texts.append(middle[1])
            continue
        interval = f"{low[0]}[{low[1]}{low[2]}, {high[0]}{high[1]}{high[2]}]"
        texts.append(f"{middle[1]}{middle[2]} {interval}" if middle[1] else interval.lstrip())
    return texts


def p_value(p):
    """Format 'p = 0.031' in markup, below a thousandth 'p < 0.001'; missing gives no text."""
    if is_missing(p):
        return ""
    if p < 0.001:
        return "*p* < 0.001"
    if p > 0.999:
        return "*p* > 0.999"
    return f"*p* = {p:.{2 if p >= 0.1 else 3}f}"


def percent(share, decimals=0):
    """Format a share (0-1) as '76%'."""
    return "" if is_missing(share) else f"{100 * share:.{decimals}f}%"


def confidence(level):
    """Format a level of confidence (0-1) with the digits that it has: '95%', '97.5%'."""
    return f"{100 * level:g}%"


def variance(tau2):
    """Format tau²: four decimals, two from 10 on, or three digits where they would hide it."""
    if is_missing(tau2):
        return ""
    if tau2 == 0:
        return "0"
    if tau2 < 0.001 or tau2 >= 1e6:
        return scientific(tau2)
    return fixed(tau2, 4 if tau2 < 10 else 2 if tau2 < 100 else 1)


def readable(name):
    """Turn a column name or level into words: 'bone_marrow' gives 'Bone marrow'."""
    words = str(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]
