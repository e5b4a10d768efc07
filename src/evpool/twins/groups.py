"""The predefined categories of the reviews, from the characteristics as their papers print them.

A characteristic that isn't printed, or can't be put on the scale of the categories, gives None.
"""

import re

ADULT_WEEKS = 12
SMALL_NM = 200  # the upper end of small extracellular vesicles
LOW_AMOUNT = 100  # micrograms or microlitres: one category of the paper pools both
LONG_WEEKS = 8  # two months
THRESHOLD = 1e10  # particles a kilogram
WEEKS = {"day": 1 / 7, "week": 1.0, "month": 52 / 12}


def in_weeks(text):
    """Read '10-week-old', '2 months' or '6 weeks' as weeks."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)[ -](day|week|month)", text or "")
    return float(found[1]) * WEEKS[found[2]] if found else None


def age_group(study):
    """Adult animals are 12 weeks old or more."""
    weeks = in_weeks(study["age"])
    return None if weeks is None else "adult" if weeks >= ADULT_WEEKS else "immature"


def isolation_group(study):
    """Ultracentrifugation, or another method."""
    method = study["isolation"]
    return method and ("ultracentrifugation" if "centrifug" in method.lower() else "other")


def purification_group(study):
    """Filtered through a filter, or purified otherwise."""
    how = study["purification"]
    return how and ("filtered" if "filter" in how.lower() else "other")


def size_group(study):
    """Small vesicles have no printed diameter above 200 nm; micrometres are not read as nm."""
    printed = study["diameter_nm"] or ""
    sizes = [float(number) for number in re.findall(r"\d+", printed)]
    if not sizes or "μm" in printed:
        return None
    return "small" if max(sizes) <= SMALL_NM else "large"


def route_group(study):
    """Into a vein, or another route."""
    route = study["route"]
    return route and ("intravenous" if route.lower().startswith("intraven") else "other")


def frequency_group(study):
    """Once a week, twice a week, or otherwise."""
    known = {"Once a week": "once_a_week", "Twice a week": "twice_a_week"}
    return study["frequency"] and known.get(study["frequency"], "other")


def dose_group(study):
    """Up to 100 micrograms or microlitres, or more; a dose per body weight can't be compared."""
    found = re.match(r"(\d+(?:\.\d+)?) ?[μµ][gL](?!/kg)", study["dose"] or "")
    if not found:
        return None
    return "up_to_100" if float(found[1]) <= LOW_AMOUNT else "above_100"


def duration_group(study):
    """Shorter than two months, or two months and more."""
    weeks = in_weeks(study["duration"])
    return None if weeks is None else "long" if weeks >= LONG_WEEKS else "short"


def particle_dose_group(study):
    """At or above 1e10 particles a kilogram, or below."""
    dose = study["dose_particles_per_kg"]
    return dose and ("high" if float(dose) >= THRESHOLD else "low")


OSTEOPOROSIS = {
    "age_group": age_group,
    "isolation_group": isolation_group,
    "purification_group": purification_group,
    "size_group": size_group,
    "route_group": route_group,
    "frequency_group": frequency_group,
    "dose_group": dose_group,
    "duration_group": duration_group,
}
BONE = {"dose_group": particle_dose_group}
