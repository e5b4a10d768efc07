"""The tables of docs/reading_error.md, from the rows of the study."""

from frame import with_error

POOLED = [(measure, model) for measure in ("MD", "SMD") for model in ("common", "random")]
HEAD = " | ".join(f"{measure}, {model}" for measure, model in POOLED)
PLACE = ("study", "click", "height", "k", "bars")


def fill_page(template, rows):
    """Fill {readings}, {coverage}, {special}, {widths} and {n} of the template.

    Parameters
    ----------
    template : str
        Markdown.
    rows : list of dict
        The rows of the study's CSV.

    Returns
    -------
    str
    """
    cells = {}
    for row in rows:
        place = tuple(row[name] for name in PLACE)
        cells.setdefault(place, {})[row["figure"], row["measure"], row["model"]] = row
    main = {place: cell for place, cell in cells.items() if place[0] == "main"}
    special = {place: cell for place, cell in cells.items() if place[0] != "main"}
    return template.format(
        readings=_readings({**_of(main, 20), **_of(special, 10)}),
        coverage=_pooled(main, "coverage"),
        special=_pooled(special, "coverage"),
        widths=_pooled(_of(main, 10), "width"),
        n=f"{max(row['n'] for row in rows):,}",
    )


def _of(cells, k):
    return {place: cell for place, cell in cells.items() if place[3] == k}


def _head(*columns):
    return [f"| {' | '.join(columns)} |", "|---" * 2 + "|" + "---:|" * (len(columns) - 2)]


def _place(place, cell):
    study, click, height, k, bars = place
    length = cell["bar", "", ""]["value"]
    return f"| {study} | {bars.upper()} | {click:g} of {height:g} | {k} | {length:.1f} |"


def _readings(cells):
    names = ("mean_bias", "mean_ratio", "sd_bias", "sd_ratio")
    told = ("means: bias", "SD / theory", "SDs: bias", "SD / theory")
    lines = _head("", "bars", "click, px", "k", "bar", *told)
    for place, cell in cells.items():
        values = [
            with_error(cell[name, "", ""], "+.3f" if "bias" in name else ".3f") for name in names
        ]
        lines.append(f"{_place(place, cell)} {' | '.join(values)} |")
    return "\n".join(lines)


def _pooled(cells, figure):
    lines = _head("", "bars", "click, px", "k", "bar", *HEAD.split(" | "))
    for place, cell in cells.items():
        found = [cell[figure, *pooled] for pooled in POOLED]
        values = [
            with_error(row, ".1f", 100) if figure == "coverage" else f"{row['value']:.2f}"
            for row in found
        ]
        lines.append(f"{_place(place, cell)} {' | '.join(values)} |")
    return "\n".join(lines)
