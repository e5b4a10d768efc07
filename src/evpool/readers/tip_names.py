"""What the names of data sets and point groups say: which hold tips, of what, at which end.

A name never says what kind of error is drawn.
"""

import re

_UPPER = "upper|top|max"
_LOWER = "lower|bottom|min"
_TIP = rf"{_UPPER}|{_LOWER}|tips?|whiskers?|errors?|err|caps?|sd|sem|se|std|stdev|ci|ci95|95%?\s*ci"
_MEAN = "means?|medians?|centres?|centers?|averages?|avg|values?"
_GAP = r"(?:[\s_.:,()±/-]|(?<![^\s_(])\+)*"  # the + of 'CD4+' belongs to the name
_TIP_NAME = re.compile(rf"(?P<of>.*?)(?:^|{_GAP}(?<![a-z0-9]))(?:(?:{_TIP}){_GAP})+$", re.DOTALL)
_MEAN_NAME = re.compile(rf"(?P<of>.*?)(?:^|{_GAP}(?<![a-z0-9]))(?:{_MEAN}){_GAP}$", re.DOTALL)


def tips_of(name):
    """Return what a name says its tips belong to ('' if only 'upper tip'); None if not of tips."""
    found = _TIP_NAME.match(name.strip().casefold())
    return found["of"].strip(" _.:,-") if found else None


def stem_of(name):
    """Return the name of a data set of means without a word such as 'mean' at its end."""
    name = name.strip().casefold()
    found = _MEAN_NAME.match(name)
    return (found["of"] if found else name).strip(" _.:,-")


def centre_group(names):
    """Return the index of the group that holds the means: the one named so, else the first."""
    named = [i for i, name in enumerate(names) if _MEAN_NAME.match(name.strip().casefold())]
    return named[0] if len(named) == 1 else 0


def end_of(name):
    """Return 'upper' or 'lower' if the name says which end of the bar it is, else None."""
    name = name.casefold()
    upper = re.search(rf"\b({_UPPER})\b|(?:^|\s)\+\s*(?:s|$)", name.replace("_", " "))
    lower = re.search(rf"\b({_LOWER})\b|(?:^|\s)[-−]\s*(?:s|$)", name.replace("_", " "))
    if bool(upper) == bool(lower):
        return None
    return "upper" if upper else "lower"
