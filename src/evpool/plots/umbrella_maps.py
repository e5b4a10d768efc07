"""An umbrella review's maps: disease by source, by effectiveness, by route; overlap of reviews."""

from evpool.plots.chart import Key
from evpool.plots.matrix import HALF, Tile, draw_matrix, shade
from evpool.plots.numbers import fixed
from evpool.plots.style import BLUE, FULL_WIDTH, GREEN, GREY, INK, ORANGE, PALE, styled

BELOW, ACROSS, ABOVE = "below the limit", "across the limit", "at or above the limit"
LARGEST = 4.7  # radius of the largest circle, points
LABEL_COLOURS = {0: GREEN, 1: "#7fb3d5", 2: "#f0c27b", 3: "#d9a08b"}
OVERLAP_COLOURS = {
    "slight": "#eef3f7",
    "moderate": "#d7ead9",
    "high": "#f6dfa4",
    "very high": "#e8927c",
}


@styled
def draw_sources(pairs, diseases, sources, *, limit, title=None, synthetic=False):
    """Draw which sources the reviews of each disease name.

    Parameters
    ----------
    pairs : list of dict
        Rows of PAIRS; size and shade show the number of reviews.
    diseases, sources : list of str
        In the order of rows and of columns; sources that no pair has are left out.
    limit : float
        I^2 in percent at which evidence counts as heterogeneous: such circles are hollow.
    title : str, optional
    synthetic : bool

    Returns
    -------
    matplotlib.figure.Figure
    """
    used = {pair["source_code"] for pair in pairs}
    columns = [source for source in sources if source in used]
    most = max(pair["n_reviews"] for pair in pairs)
    tiles = [_circle(pair, diseases, columns, most) for pair in pairs]
    dark = shade(most, 0, most, BLUE)
    counts = sorted({1, (1 + most) // 2, most})
    keys = _source_keys(pairs, dark, limit)
    note = "Size and shade: reviews of the disease whose row names the source, from "
    note += f"{counts[0]} (small, pale) to {counts[-1]} (large, dark)."
    note += " I² is the range that the paper prints for the disease."
    return draw_matrix(
        diseases,
        [column.replace("_", " ") for column in columns],
        tiles,
        width=FULL_WIDTH,
        keys=keys,
        notes=[note],
        title=title,
        synthetic=synthetic,
    )


def _source_keys(pairs, dark, limit):
    """Keys of the kinds of circles that the figure has."""
    kinds = {pair["heterogeneity"] for pair in pairs if pair["n_reviews"]}
    keys = {
        BELOW: Key(f"*I*² below {limit:g}%", "point", dark, dark),
        ACROSS: Key(f"*I*² from below to above {limit:g}%", "point", dark, dark, HALF),
        ABOVE: Key(f"*I*² {limit:g}% or more", "point", "white", dark),
        "not reported": Key("*I*² not reported", "point", PALE, GREY),
    }
    shown = [key for kind, key in keys.items() if kind in kinds]
    if any(not pair["n_reviews"] for pair in pairs):
        shown.append(Key("named in the table of sources only", "point", INK, INK, "x"))
    return shown


def _circle(pair, diseases, columns, most):
    place = (diseases.index(pair["disease"]), columns.index(pair["source_code"]))
    if not pair["n_reviews"]:
        return Tile(*place, text="×")
    colour = shade(pair["n_reviews"], 0, most, BLUE, palest=0.4)
    radius = LARGEST * (0.35 + 0.65 * pair["n_reviews"] / most)
    kind = pair["heterogeneity"]
    if kind in (BELOW, ACROSS):
        return Tile(*place, radius=radius, face=colour, edge=colour, half=kind == ACROSS)
    if kind == ABOVE:
        return Tile(*place, radius=radius, face="white", edge=colour)
    return Tile(*place, radius=radius, face=PALE, edge=GREY)


@styled
def draw_effectiveness(diseases, effects, agreement, *, title=None, synthetic=False):
    """Draw a heat map of what is known of each disease: effects, I^2, reviews and labels.

    Parameters
    ----------
    diseases, effects, agreement : lists of dict
        Rows of DISEASES, EFFECTS and AGREEMENT (of one classification).
    title : str, optional
    synthetic : bool

    Returns
    -------
    matplotlib.figure.Figure
    """
    by_rule = {row["disease"]: row for row in agreement}
    columns = ["Reviews", "Smallest benefit", "Largest benefit", "I² from", "I² to"]
    columns += ["Label in the paper", "Label by the rule"]
    labels = _labels(agreement)
    most = max(row["n_reviews"] for row in diseases)
    tiles = []
    for i, row in enumerate(diseases):
        benefits = [
            effect["benefit"]
            for effect in effects
            if effect["comparable"] and effect["disease"] == row["disease"]
        ]
        tiles.append(_number(i, 0, row["n_reviews"], (0, most), GREY, 0))
        for j, value in enumerate([min(benefits), max(benefits)] if benefits else [None] * 2):
            tiles.append(_number(i, 1 + j, value, (0, 8), BLUE, 2))
        for j, name in enumerate(("i2_low", "i2_high")):
            tiles.append(_number(i, 3 + j, row[name], (0, 100), ORANGE, 0))
        rule = by_rule.get(row["disease"], {"by_paper": None, "by_rule": None, "possible": ""})
        tiles += _label_tiles(i, rule, labels)
    keys = [Key(label, "patch", LABEL_COLOURS.get(n, PALE)) for label, n in labels.items()]
    note = (
        "Benefit: printed SMD with the sign that makes a benefit positive, over the effects that "
    )
    note += "can be compared. 'n open': the printed numbers allow n labels. Empty: not printed."
    return draw_matrix(
        [row["disease"] for row in diseases],
        columns,
        tiles,
        width=FULL_WIDTH,
        keys=keys,
        notes=[note],
        row_height=12.5,
        most_column=54,
        upright=False,
        title=title,
        synthetic=synthetic,
    )


def _labels(agreement):
    """Every label that some disease has or may have, in the rule's order, with a number."""
    longest = sorted((row["possible"].split("; ") for row in agreement), key=len, reverse=True)
    printed = [row["by_paper"] for row in agreement if row["by_paper"]]
    names = dict.fromkeys([*(longest[0] if longest else ()), *printed])
    names = [name for name in names if name != "no class fits"]
    return {name: n for n, name in enumerate(names)}


def _short(label):
    return label.split(" ")[0]


def _number(row, column, value, span, colour, decimals):
    if value is None:
        return Tile(row, column, fill="#f7f7f7")
    return Tile(row, column, fill=shade(value, *span, colour), text=fixed(value, decimals))


def _label_tiles(row, rule, labels):
    for column, label in ((5, rule["by_paper"]), (6, rule["by_rule"])):
        if label:
            fill = LABEL_COLOURS.get(labels.get(label), PALE)
            yield Tile(row, column, fill=fill, text=_short(label))
        elif column == 6 and rule["possible"]:
            yield Tile(row, column, fill="white", text=f"{rule['possible'].count(';') + 1} open")
        else:
            yield Tile(row, column, fill="#f7f7f7")


@styled
def draw_routes(doses, diseases, routes, *, title=None, synthetic=False):
    """Draw how many reviews of each disease name each route of administration.

    Parameters
    ----------
    doses : list of dict
        Rows of DOSES.
    diseases, routes : list of str
        In the order of rows and of columns; what no review names is left out.
    title : str, optional
    synthetic : bool

    Returns
    -------
    matplotlib.figure.Figure
    """
    counts = {}
    for row in doses:
        for disease in row["diseases"].split(";"):
            for route in (row["routes"] or "").split(";"):
                counts[disease, route] = counts.get((disease, route), 0) + 1
    rows = [name for name in diseases if any(name == disease for disease, _ in counts)]
    columns = [name for name in routes if any(name == route for _, route in counts)]
    most = max(counts.values())
    tiles = [
        Tile(
            rows.index(disease),
            columns.index(route),
            fill=shade(count, 0, most, BLUE, palest=0.18),
            text=str(count),
        )
        for (disease, route), count in counts.items()
        if route in columns and disease in rows
    ]
    note = "Number of reviews whose row of doses names the route. IT and IC stand as printed: the "
    note += "paper uses each for two routes."
    return draw_matrix(
        rows,
        columns,
        tiles,
        width=FULL_WIDTH,
        notes=[note],
        most_column=20,
        title=title,
        synthetic=synthetic,
    )


@styled
def draw_overlap(overlap, *, title=None, synthetic=False):
    """Draw the overlap of every pair of reviews as a matrix, and say that of all.

    Parameters
    ----------
    overlap : list of dict
        Rows of OVERLAP.
    title : str, optional
    synthetic : bool

    Returns
    -------
    matplotlib.figure.Figure
    """
    pairs = [row for row in overlap if row["scope"] == "pair"]
    whole = next(row for row in overlap if row["scope"] == "overall")
    sizes = {}
    for row in pairs:
        sizes |= {row["review_a"]: row["studies_a"], row["review_b"]: row["studies_b"]}
    reviews = list(sizes)
    tiles = [Tile(i, i, fill=PALE, text=str(sizes[name])) for i, name in enumerate(reviews)]
    for row in pairs:
        i, j = reviews.index(row["review_a"]), reviews.index(row["review_b"])
        text = f"{100 * row['cca']:.1f}%"
        tiles.append(Tile(j, i, fill=OVERLAP_COLOURS[row["category"]], text=text))
        tiles.append(Tile(i, j, text=str(row["shared"])))
    keys = [Key(f"{name} overlap", "patch", colour) for name, colour in OVERLAP_COLOURS.items()]
    note = "Below the diagonal: corrected covered area (CCA); on it: primary studies; above it: "
    note += f"studies in both. All {whole['reviews']} reviews: {whole['inclusions']} inclusions of "
    note += f"{whole['studies']} studies, CCA {100 * whole['cca']:.1f}% ({whole['category']}), "
    note += f"{100 * whole['cca_adjusted']:.1f}% without what a review was too early to include."
    return draw_matrix(
        reviews,
        reviews,
        tiles,
        width=300,
        keys=keys,
        notes=[note],
        row_height=22,
        most_column=36,
        upright=False,
        title=title,
        synthetic=synthetic,
    )
