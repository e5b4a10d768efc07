"""How directions of effect look: a shape and a colour each, the same in every figure."""

from matplotlib.path import Path

from evpool.plots.chart import Key
from evpool.plots.style import BLUE, GREY, ORANGE
from evpool.studies.swim import BENEFIT, CONFLICT, HARM, NEITHER

_UP = ((-4, 3.2), (4, 3.2), (0, -4))
_DOWN = ((-4, -3.2), (4, -3.2), (0, 4))
_LEFT, _RIGHT = ((-1, -3.2), (-1, 3.2), (-6, 0)), ((1, -3.2), (1, 3.2), (6, 0))
_BAR = ((-5, -1.2), (5, -1.2), (5, 1.2), (-5, 1.2))
# Direction -> colour and polygons in points around its centre, y downwards.
GLYPHS = {
    BENEFIT: (BLUE, (_UP,)),
    HARM: (ORANGE, (_DOWN,)),
    NEITHER: (GREY, (_BAR,)),
    CONFLICT: (GREY, (_LEFT, _RIGHT)),
}
NAMES = {
    BENEFIT: "Favours treatment",
    HARM: "Favours control",
    NEITHER: "No difference",
    CONFLICT: "Outcomes conflict (fewer than 70% one way)",
}


def glyph(direction):
    """Return the colour and the polygons of a direction."""
    return GLYPHS[direction]


def direction_keys(directions):
    """Return the legend entries of the directions that are there."""
    return [
        Key(text, "point", GLYPHS[name][0], "none", _marker(GLYPHS[name][1]))
        for name, text in NAMES.items()
        if name in directions
    ]


def _marker(shapes):
    """Return the polygons of a direction as one marker; a marker's y runs upwards."""
    parts = [Path([(x, -y) for x, y in (*shape, shape[0])], closed=True) for shape in shapes]
    return Path.make_compound_path(*parts)
