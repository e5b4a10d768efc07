"""The traffic-light plot against its judgements."""

import pytest
from matplotlib.collections import EllipseCollection
from matplotlib.colors import to_rgba
from numpy.testing import assert_allclose

from evpool.columns import JUDGEMENTS
from evpool.plots.judgements import COLOURS, NAMES
from evpool.plots.traffic_light import draw_traffic_light
from evpool.studies.risk_tools import SIGNS
from evpool.tables import as_table
from tests.plots.checks import check_same_bytes, check_stamp, check_texts_apart, texts, words

KINDS = ("low", "unclear", "high", "disagreement", "not judged")


def risk(studies=3, domains=5, label="Study {}"):
    rows = [
        {
            "study_id": f"s{i}",
            "label": label.format(i),
            "domain": f"d{j}",
            "domain_label": f"What the domain {j} asks of the study",
            "judgement": KINDS[(i + j) % len(KINDS)],
        }
        for i in range(studies)
        for j in range(domains)
    ]
    return as_table(rows, JUDGEMENTS)


def test_every_judgement_has_its_colour_and_its_sign():
    table = risk()
    figure = draw_traffic_light(table)
    (discs,) = figure.findobj(EllipseCollection)
    judged = table["judgement"].to_pylist()
    assert_allclose(discs.get_facecolors(), [to_rgba(COLOURS[name]) for name in judged])
    signs = [text.get_text() for text in texts(figure) if text.get_gid() == "sign"]
    assert sorted(signs) == sorted(SIGNS[name] for name in judged if SIGNS[name])


def test_rows_are_studies_and_columns_are_domains():
    (discs,) = draw_traffic_light(risk(4, 6)).findobj(EllipseCollection)
    x, y = discs.get_offsets().T
    assert (len(set(x.round(3))), len(set(y.round(3)))) == (6, 4)
    assert (x.reshape(4, 6)[0] == x.reshape(4, 6)[3]).all()


def test_two_studies_of_one_name_get_two_rows():
    (discs,) = draw_traffic_light(risk(3, 2, label="Kuang 2019")).findobj(EllipseCollection)
    assert len(set(discs.get_offsets()[:, 1].round(3))) == 3


def test_the_domains_and_judgements_are_explained():
    text = " ".join(words(draw_traffic_light(risk())))
    assert "D5: What the domain 4 asks of the study" in text
    for name in KINDS:
        assert NAMES[name] in text


@pytest.mark.parametrize(("studies", "domains"), [(1, 1), (3, 10), (60, 10)])
@pytest.mark.parametrize("label", ["S {}", "A consortium of many laboratories in many lands {}"])
def test_texts_stand_apart(studies, domains, label):
    table = risk(studies, domains, label)
    check_texts_apart(draw_traffic_light(table, title="A title " * 20, synthetic=True))


def test_simulated_data_are_stamped():
    check_stamp(lambda **options: draw_traffic_light(risk(), **options))


def test_same_bytes(tmp_path):
    check_same_bytes(lambda: draw_traffic_light(risk()), tmp_path)
