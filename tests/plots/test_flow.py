"""The flow diagram against its counts."""

import pytest
from matplotlib.patches import Rectangle

from evpool.columns import FLOW
from evpool.plots.flow import draw_flow
from evpool.tables import as_table
from tests.plots.checks import artist, check_same_bytes, check_stamp, check_texts_apart, words

COUNTS = {"identified": 1000, "duplicates": 120, "screened": 880, "excluded": 800, "assessed": 80}
COUNTS |= {"excluded_full_text": 58, "included": 22}
OTHER = {"identified_other": 9, "sought_other": 9, "assessed_other": 9}
REASONS = ("wrong population", "no control group that was treated as the animals of interest were")


def flow(counts=COUNTS, computed=()):
    rows = [{"phase": p, "count": n, "computed": p in computed} for p, n in counts.items()]
    rows += [{"phase": "excluded_full_text", "detail": reason, "count": 29} for reason in REASONS]
    return as_table(rows, FLOW)


def said(figure):
    return " ".join(words(figure))


def frames(figure):
    found = [p for p in figure.findobj(Rectangle) if (p.get_gid() or "").startswith("box-")]
    return {p.get_gid().removeprefix("box-"): p.get_bbox() for p in found}


def test_every_count_is_written_and_what_is_not_printed_is_said():
    text = said(draw_flow(flow()))
    for number in ("n = 1,000", "n = 120", "n = 880", "n = 800", "n = 80", "n = 58", "n = 22"):
        assert f"({number})" in text
    without = {name: count for name, count in COUNTS.items() if name != "screened"}
    assert "Records screened (n not printed)" in said(draw_flow(flow(without)))


def test_an_updated_review_shows_new_and_previous_studies():
    text = said(draw_flow(flow(COUNTS | {"included_new": 22, "previous": 8, "included": 30})))
    assert "New studies included (n = 22) Studies of the previous version (n = 8)" in text
    assert "Studies included in the review (n = 30)" in text


def test_a_computed_total_is_marked():
    text = said(draw_flow(flow(computed=["identified"])))
    assert "(n = 1,000†)" in text
    assert "† The sum of the parts: no total is printed." in text
    assert "†" not in said(draw_flow(flow()))


def test_boxes_stand_apart_and_arrows_end_at_boxes():
    figure = draw_flow(flow(COUNTS | OTHER))
    boxes = frames(figure)
    assert len(boxes) == 10
    places = list(boxes.values())
    for i, a in enumerate(places):
        for b in places[i + 1 :]:
            assert a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
    ends = [line[-1] for line in artist(figure, "arrows").get_segments()]
    edges = [(b.x0, b.x1, b.y0, b.y1) for b in places]
    for x, y in ends:
        assert any(
            x0 - 0.1 <= x <= x1 + 0.1 and y0 - 0.1 <= y <= y1 + 0.1 for x0, x1, y0, y1 in edges
        )


@pytest.mark.parametrize("counts", [COUNTS, COUNTS | OTHER, {"included": 3}])
def test_texts_stand_apart_and_inside_their_boxes(counts):
    notes = ["A note that is so long that it has to be broken into lines, which it is. " * 3]
    figure = draw_flow(flow(counts), notes=notes, title="A title " * 20, synthetic=True)
    check_texts_apart(figure)


def test_simulated_data_are_stamped():
    check_stamp(lambda **options: draw_flow(flow(), **options))


def test_same_bytes(tmp_path):
    check_same_bytes(lambda: draw_flow(flow()), tmp_path)
