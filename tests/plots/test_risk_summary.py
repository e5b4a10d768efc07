"""The summary of the risk of bias against its shares."""

import pytest
from matplotlib.patches import Rectangle
from numpy.testing import assert_allclose

from evpool.columns import RISK_SUMMARY
from evpool.plots.risk_summary import draw_risk_summary
from evpool.tables import as_table
from tests.plots.checks import check_same_bytes, check_stamp, check_texts_apart, texts, words

SHARES = {"low": 0.55, "unclear": 0.4, "high": 0.05}


def summary(domains=3, shares=SHARES):
    rows = [
        {"domain_label": f"Domain {i} (a bias of some kind)", "judgement": name, "share": share}
        for i in range(domains)
        for name, share in shares.items()
    ]
    return as_table(rows, RISK_SUMMARY)


def bars(figure):
    return [patch for patch in figure.findobj(Rectangle) if patch.get_gid() == "share"]


def test_bars_are_as_long_as_their_shares_and_fill_the_axis():
    widths = [bar.get_width() for bar in bars(draw_risk_summary(summary(1)))]
    assert_allclose([width / sum(widths) for width in widths], list(SHARES.values()))
    left, right = (
        [text.get_position()[0] for text in texts(draw_risk_summary(summary(1)))
         if text.get_text() == label] for label in ("0%", "100%")
    )  # fmt: skip
    assert_allclose(sum(widths), right[0] - left[0])


def test_shares_are_written_where_they_fit():
    figure = draw_risk_summary(summary(1))
    said = [text.get_text() for text in texts(figure) if text.get_gid() == "percentage"]
    assert said == ["+ 55%", "? 40%"]


def test_a_judgement_that_nobody_made_is_not_drawn():
    figure = draw_risk_summary(summary(2, {"low": 1.0, "high": 0.0}))
    assert len(bars(figure)) == 2
    assert not any("High risk" in text for text in words(figure))


@pytest.mark.parametrize("domains", [1, 10])
def test_texts_stand_apart(domains):
    check_texts_apart(draw_risk_summary(summary(domains), title="A title " * 9, synthetic=True))


def test_simulated_data_are_stamped():
    check_stamp(lambda **options: draw_risk_summary(summary(), **options))


def test_same_bytes(tmp_path):
    check_same_bytes(lambda: draw_risk_summary(summary()), tmp_path)
