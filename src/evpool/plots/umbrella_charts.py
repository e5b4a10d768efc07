"""An umbrella review's charts: all summary effects, doses, reviews per year, risk of bias."""

from collections import Counter
from dataclasses import replace

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from evpool.plots.chart import Key, Ticks, draw_chart, draw_legend, place_legend
from evpool.plots.numbers import fixed, intervals, scientific
from evpool.plots.rowplan import Column, Row
from evpool.plots.rowplot import Axis, draw_rows
from evpool.plots.scale import effect_scale, linear_ticks
from evpool.plots.style import (
    BAND,
    BLUE,
    FULL_WIDTH,
    GREEN,
    GREY,
    INK,
    LINE,
    MARGIN,
    ONE_AND_A_HALF_COLUMNS,
    ORANGE,
    PALE,
    SMALL_TEXT,
    Sheet,
    draw_heading,
    heading_height,
    styled,
)
from evpool.plots.text import text_width, wrap_text

NAN = float("nan")
ANSWERS = {"yes": BLUE, "partially": GREEN, "no": GREY}
RISKS = {
    "low": "#8cc5a2",
    "low to moderate": "#cfe3b4",
    "moderate": "#f6e3a1",
    "moderate to high": "#f0b983",
    "high": "#dd7f6b",
    "unclear": "#d9d9d9",
    "mixed": "#b7a7c9",
    "not rated": "#ffffff",
}


@styled
def draw_effects(effects, reanalysis, diseases, *, title=None, synthetic=False):
    """Draw all reported summary effects by disease; what can't be compared is listed.

    Parameters
    ----------
    effects, reanalysis : lists of dict
        Rows of EFFECTS and of REANALYSIS: recomputed SMDs stand below their printed effect.
    diseases : list of str
        In their order.
    title : str, optional
    synthetic : bool

    Returns
    -------
    matplotlib.figure.Figure
    """
    scale = effect_scale([0.5], decimals=2)
    again = {row["effect_id"]: row for row in reanalysis if row["smd"] is not None}
    marks, rows = {}, []
    for disease in [*diseases, None]:
        own = [effect for effect in effects if effect["disease"] == disease]
        if own:
            rows.append(Row(heading=disease or "No disease is printed"))
        for effect in own:
            rows.append(_effect_row(effect, marks))
            if effect["effect_id"] in again:
                rows.append(_recomputed_row(effect, again[effect["effect_id"]]))
    notes = [("Positive values are benefits. Orange: recomputed from the animals' data.",)]
    notes += [("Effects without a number or of reviews not included are on the ledger.",)]
    notes += [(f"{mark}: {reason}.",) for reason, mark in marks.items()]
    axis = Axis(scale, "SMD, benefit", lines=((0.0, "null"),), sides=("harm", "benefit"))
    return draw_rows(
        [
            Column("name", "Outcome, review"),
            Column("printed", "As printed"),
            Column("effect", "SMD, benefit [95% CI]", side="right"),
        ],
        _with_effects(rows, scale),
        axis,
        pages=(FULL_WIDTH,),
        least_panel=110,
        most_panel=200,
        notes=notes,
        title=title,
        synthetic=synthetic,
    )


def _effect_row(effect, marks):
    reasons = [effect["flags"] or "", "" if effect["comparable"] else effect["why_not"]]
    reasons = [part for reason in reasons for part in reason.split("; ") if part]
    letters = [marks.setdefault(reason, chr(ord("a") + len(marks))) for reason in reasons]
    printed = " ".join(
        filter(None, [_printed(effect), f"({', '.join(letters)})" if letters else ""])
    )
    name = f"{effect['outcome']}, {effect['label'] or 'review not named'}"
    cells = {"name": name, "printed": printed}
    if not effect["comparable"]:
        return Row(cells)
    ends = [effect[key] for key in ("smd_ci_low", "smd_ci_high")]
    return Row(cells, "square", effect["benefit"], *_turned(effect, ends), 0.3, colour=BLUE)


def _recomputed_row(effect, row):
    ends = (fixed(row[key], 2) for key in ("estimate", "ci_low", "ci_high"))
    printed = "{} {} [{}, {}]".format(row["measure"], *ends)
    cells = {"name": f"↳ recomputed from {row['k']} comparisons", "printed": printed}
    ends = _turned(effect, [row["smd_ci_low"], row["smd_ci_high"]])
    benefit = -row["smd"] if effect["better"] == "lower" else row["smd"]
    return Row(cells, "square", benefit, *ends, 0.3, colour=ORANGE)


def _turned(effect, ends):
    """Return the limits of an interval on the side of benefits, NaN where there are none."""
    if None in ends:
        return [NAN, NAN]
    return [-ends[1], -ends[0]] if effect["better"] == "lower" else ends


def _with_effects(rows, scale):
    """Write the SMDs beside the marks, aligned over the whole column."""
    marked = [row for row in rows if row.mark]
    ends = ([getattr(row, key) for row in marked] for key in ("estimate", "low", "high"))
    texts = dict(zip(map(id, marked), intervals(*ends, scale.show), strict=True))
    return [
        replace(row, cells={**row.cells, "effect": texts[id(row)]}) if row.mark else row
        for row in rows
    ]


def _printed(effect):
    unit = "%" if effect["unit"] == "%" else ""
    value = f"{effect['estimate']:g}" if unit else fixed(effect["estimate"], 2)
    text = f"{effect['measure'] or ''} {value}{unit}"
    if effect["ci_low"] is not None and effect["ci_high"] is not None:
        text += f" [{fixed(effect['ci_low'], 2)}, {fixed(effect['ci_high'], 2)}]"
    return text.strip()


@styled
def draw_doses(doses, *, optimum=None, title=None, synthetic=False):
    """Draw each review's range of doses, by mass and by number of particles, on log axes.

    Parameters
    ----------
    doses : list of dict
        Rows of DOSES, in their order.
    optimum : tuple of float, optional
        Range of masses (µg) that the paper calls optimal: shaded.
    title : str, optional
    synthetic : bool

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = [row for row in doses if row["ug_low"] is not None or row["particles_low"] is not None]
    rows = sorted(rows, key=lambda row: (row["diseases"], row["label"]))
    names = [f"{row['diseases'].replace(';', ', ')}: {row['label']}" for row in rows]
    left = MARGIN + max(text_width(name, SMALL_TEXT) for name in names) + 6
    keys = [
        Key(f"dose-response studied: {name}", "line", colour) for name, colour in ANSWERS.items()
    ]
    keys.append(Key("amount singled out", "point", ORANGE, "white", "D"))
    if optimum:
        keys.append(Key(f"called optimal: {optimum[0]:g} to {optimum[1]:g} µg", "patch", BAND))
    legend = place_legend(keys, FULL_WIDTH)
    top = heading_height(title, synthetic, FULL_WIDTH) + 12
    line = 9.2
    depth = len(rows) * line
    foot = top + depth + 26
    sheet = Sheet(FULL_WIDTH, foot + len(legend) * LINE * SMALL_TEXT + 4 + MARGIN)
    draw_heading(sheet, title, synthetic)
    for i, name in enumerate(names):
        base = top + (i + 0.5) * line + 0.36 * SMALL_TEXT
        sheet.text(left - 6, base, name, size=SMALL_TEXT, ha="right").set_gid("row-name")
    room = (FULL_WIDTH - left - MARGIN - 18) / 2
    mass = sheet.axes(left, top, room, depth)
    count = sheet.axes(left + room + 18, top, room, depth)
    _draw_ranges(mass, rows, "ug", optimum)
    _draw_ranges(count, rows, "particles", None)
    for x, label in ((left, "Mass of vesicles (µg)"), (left + room + 18, "Number of particles")):
        sheet.text(x + room / 2, top - 4, label, size=SMALL_TEXT, bold=True, ha="center")
    draw_legend(sheet, legend, foot)
    return sheet.figure


def _draw_ranges(axes, rows, kind, optimum):
    """Draw the ranges of one kind of dose; where only the lower end is printed, a point."""
    ends = [(row[f"{kind}_low"], row[f"{kind}_high"]) for row in rows]
    known = [value for pair in ends for value in pair if value is not None]
    low, high = np.floor(np.log10(min(known))), np.ceil(np.log10(max(known)))
    axes.set(xlim=(low - 0.15, high + 0.15), ylim=(len(rows), 0))
    powers = np.arange(low, high + 1, 1 if high - low < 6 else 2)
    axes.set_xticks(powers, [_power(power) for power in powers])
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    lines = LineCollection(
        [((low - 0.15, i + 0.5), (high + 0.15, i + 0.5)) for i in range(len(rows))],
        colors=PALE,
        linewidths=0.35,
        zorder=0.6,
    )
    axes.add_collection(lines, False)
    if optimum:
        first, last = np.log10(optimum)
        band = [(first, 0), (last, 0), (last, len(rows)), (first, len(rows))]
        axes.add_collection(
            PolyCollection([band], facecolors=BAND, zorder=0.5, gid="optimum"), False
        )
    placed = [(i, pair) for i, pair in enumerate(ends) if None not in pair]
    segments = [((np.log10(a), i + 0.5), (np.log10(b), i + 0.5)) for i, (a, b) in placed if a < b]
    colours = [ANSWERS[rows[i]["dose_response_studied"]] for i, (a, b) in placed if a < b]
    drawn = LineCollection(segments, colors=colours, linewidths=2.4, zorder=2, gid="ranges")
    axes.add_collection(drawn, False)
    single = [(i, a) for i, (a, b) in enumerate(ends) if a is not None and (b is None or a == b)]
    for i, value in single:
        colour = ANSWERS[rows[i]["dose_response_studied"]]
        axes.plot([np.log10(value)], [i + 0.5], "o", color=colour, ms=3.2, mew=0, zorder=2)
    if kind == "ug":
        for i, row in enumerate(rows):
            if row["ug_singled_out"] is not None:
                x = np.log10(row["ug_singled_out"])
                style = {"color": ORANGE, "ms": 3.6, "mec": "white", "mew": 0.5, "zorder": 3}
                axes.plot([x], [i + 0.5], "D", **style)


def _power(power):
    return f"{10.0**power:g}" if abs(power) < 4 else scientific(10.0**power, None).split("×")[-1]


@styled
def draw_years(reviews, *, title=None, synthetic=False):
    """Draw how many reviews appeared each year."""
    counts = Counter(row["year"] for row in reviews)
    years = list(range(min(counts), max(counts) + 1))
    most = max(counts.values())
    values, labels = linear_ticks(0, most * 1.05, 5, whole=True)
    sheet, axes = draw_chart(
        ONE_AND_A_HALF_COLUMNS,
        130,
        x=Ticks(years, [str(year) for year in years]),
        y=Ticks(values, labels),
        x_label="Year of publication",
        y_label="Reviews",
        x_limits=(years[0] - 0.6, years[-1] + 0.6),
        y_limits=(0, most * 1.12),
        title=title,
        synthetic=synthetic,
    )
    bars = [_bar(year, counts[year]) for year in years if counts[year]]
    axes.add_collection(PolyCollection(bars, facecolors=BLUE, linewidths=0, gid="bars"), False)
    for year in years:
        if counts[year]:
            style = {"ha": "center", "va": "bottom", "fontsize": SMALL_TEXT}
            axes.text(year, counts[year] + 0.01 * most, str(counts[year]), **style)
    return sheet.figure


def _bar(x, height):
    return [(x - 0.36, 0), (x + 0.36, 0), (x + 0.36, height), (x - 0.36, height)]


@styled
def draw_risks(risk, *, title=None, synthetic=False):
    """Draw the risk of bias as the reviews' rows rate it and as the umbrella review repeats it.

    Parameters
    ----------
    risk : list of dict
        Rows of RISK.
    title : str, optional
    synthetic : bool

    Returns
    -------
    matplotlib.figure.Figure
    """
    bars = {
        "Table 2, words about risk": [r["risk_by_review"] for r in risk if r["scale"] == "risk"],
        "Table 2, quality turned into risk": [
            r["risk_by_review"] for r in risk if r["scale"] == "quality"
        ],
        "Table 2, not rated": ["not rated" for r in risk if r["scale"] is None],
        "Table 6": [r["risk_by_umbrella"] or "not rated" for r in risk],
    }
    bars = {name: Counter(classes) for name, classes in bars.items() if classes}
    used = [name for name in RISKS if any(counts[name] for counts in bars.values())]
    legend = place_legend([Key(name, "patch", RISKS[name]) for name in used], FULL_WIDTH)
    left = MARGIN + max(text_width(name, SMALL_TEXT) for name in bars) + 6
    unit = (FULL_WIDTH - left - MARGIN) / len(risk)
    top, line = heading_height(title, synthetic, FULL_WIDTH) + 4, 19.0
    agree = Counter(row["agreement"] for row in risk)
    note = "; ".join(f"{name}: {count}" for name, count in agree.items() if name)
    lines = wrap_text(f"Of {len(risk)} reviews: {note}.", FULL_WIDTH - 2 * MARGIN, SMALL_TEXT)
    foot = top + len(bars) * line + 4
    ends = foot + len(legend) * LINE * SMALL_TEXT + 4
    sheet = Sheet(FULL_WIDTH, ends + len(lines) * LINE * SMALL_TEXT + MARGIN)
    draw_heading(sheet, title, synthetic)
    boxes, colours = [], []
    for i, (name, counts) in enumerate(bars.items()):
        x, y = left, top + i * line
        base = y + 0.5 * (line - 4) + 0.36 * SMALL_TEXT
        sheet.text(left - 6, base, name, size=SMALL_TEXT, ha="right").set_gid("row-name")
        for kind in used:
            if counts[kind]:
                right, bottom = x + counts[kind] * unit, y + line - 4
                boxes.append([(x, y), (right, y), (right, bottom), (x, bottom)])
                colours.append(RISKS[kind])
                text = sheet.text((x + right) / 2, base, str(counts[kind]), size=SMALL_TEXT)
                text.set(ha="center", gid="count", zorder=3)
                x = right
    style = {"edgecolors": INK, "linewidths": 0.4, "transform": sheet.transform}
    drawn = PolyCollection(boxes, facecolors=colours, gid="shares", **style)
    sheet.figure.add_artist(drawn)
    draw_legend(sheet, legend, foot)
    for i, text in enumerate(lines):
        base = ends + (i + 0.8) * LINE * SMALL_TEXT
        sheet.text(MARGIN, base, text, size=SMALL_TEXT, colour=GREY)
    return sheet.figure
