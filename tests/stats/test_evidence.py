"""Labels by declared rules: every boundary, what is open, what is missing to decide."""

import itertools

import pytest

from evpool.stats.evidence import NO_CLASS, classify, columns_of
from tests.umbrella.samples import config

PAPER = config()["classifications"]["paper"]["labels"]
IOANNIDIS = config()["classifications"]["ioannidis"]["labels"]


def unit(**values):
    """Known values as bounds; None and bounds as they are."""
    return {
        name: (value, value) if isinstance(value, int | float) else value
        for name, value in values.items()
    }


def paper(smd, p, i2, reviews):
    return classify(unit(abs_smd=smd, p_value=p, i2=i2, reviews=reviews), PAPER)


# |SMD|, P, I^2, reviews -> label, at and on both sides of every threshold of the paper's rule.
TRUTH = [
    (1.51, 0.009, 69.9, 2, "High"),
    (1.5, 0.009, 69.9, 2, "Moderate"),
    (1.51, 0.01, 69.9, 2, NO_CLASS),
    (1.51, 0.009, 70, 2, "Promising but heterogeneous"),
    (1.51, 0.009, 70.1, 2, "Promising but heterogeneous"),
    (1.51, 0.009, 69.9, 1, NO_CLASS),
    (1.5, 0.009, 70, 2, "Promising but heterogeneous"),
    (0.8, 0.5, 0, 1, "Moderate"),
    (0.79, 0.5, 0, 1, "Low"),
    (0.79, 0.5, 70, 1, "Promising but heterogeneous"),
    (0, 1, 69.9, 9, "Low"),
    (1.51, 0.5, 0, 9, NO_CLASS),
]


@pytest.mark.parametrize(("smd", "p", "i2", "reviews", "label"), TRUTH)
def test_the_papers_rule_at_its_boundaries(smd, p, i2, reviews, label):
    verdict = paper(smd, p, i2, reviews)
    assert (verdict.label, verdict.possible, verdict.missing) == (label, (label,), ())


def convincing(**changes):
    best = {"animals": 1001, "p_value": 9e-7, "i2": 49, "pi_excludes_null": 1}
    best |= {"largest_p": 0.049, "small_study_p": 0.1, "excess_p": 0.1}
    return classify(unit(**(best | changes)), IOANNIDIS).label


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "I, convincing"),
        ({"i2": 50}, "II, highly suggestive"),
        ({"pi_excludes_null": 0}, "II, highly suggestive"),
        ({"small_study_p": 0.099}, "II, highly suggestive"),
        ({"excess_p": 0.099}, "II, highly suggestive"),
        ({"largest_p": 0.05}, "III, suggestive"),
        ({"p_value": 1e-6}, "III, suggestive"),
        ({"p_value": 0.001}, "IV, weak"),
        ({"animals": 1000}, "IV, weak"),
        ({"p_value": 0.05}, "not significant"),
    ],
)
def test_the_classes_of_ioannidis_at_their_boundaries(changes, label):
    assert convincing(**changes) == label


def test_a_range_across_a_threshold_leaves_open_what_it_can_be_and_says_what_is_missing():
    verdict = paper(4.2, 1e-5, (39, 88), 4)
    assert verdict.label is None
    assert verdict.possible == ("High", "Promising but heterogeneous")
    assert verdict.missing == ("i2 (39 to 88)",)
    assert "abs_smd > 1.5 (4.2): yes" in verdict.decided_by


def test_a_range_that_touches_the_threshold_with_its_end_only():
    assert paper(2, 1e-5, (40, 70), 1).possible == ("Promising but heterogeneous", NO_CLASS)
    assert paper(2, 1e-5, (70, 91), 2).label == "Promising but heterogeneous"


def test_an_unknown_value_that_does_not_matter_is_not_missed():
    verdict = paper(None, None, 96, 1)
    assert verdict.label == "Promising but heterogeneous"
    assert verdict.missing == ()


def test_an_unknown_value_that_matters_is_missed_alone():
    assert paper(2, 0.001, None, 1).missing == ("i2 (not known)",)
    assert paper(None, 0.5, 10, 1).possible == ("Moderate", "Low", NO_CLASS)


PAIRS = list(itertools.combinations(("abs_smd", "p_value", "i2"), 2))


@pytest.mark.parametrize("unknown", PAIRS)
def test_what_is_possible_is_what_some_values_give(unknown):
    # Brute force: the labels over a grid of the unknown values are those that are possible.
    known = {"abs_smd": 2.0, "p_value": 0.001, "i2": 40.0, "reviews": 2}
    grid = {"abs_smd": (0, 0.79, 0.8, 1.5, 1.51), "p_value": (0.001, 0.01, 0.5)}
    grid["i2"] = (0, 69.9, 70, 70.1)
    found = {
        classify(unit(**(known | dict(zip(unknown, values, strict=True)))), PAPER).label
        for values in itertools.product(*(grid[name] for name in unknown))
    }
    verdict = classify(unit(**(known | dict.fromkeys(unknown))), PAPER)
    assert set(verdict.possible) == found


def test_a_rule_can_ask_for_one_of_several_conditions():
    rule = [{"label": "either", "any": [{"column": "a", "above": 1}, {"column": "b", "below": 0}]}]
    assert classify(unit(a=2, b=None), rule).label == "either"
    assert classify(unit(a=1, b=0), rule).label == NO_CLASS
    assert classify(unit(a=1, b=None), rule).missing == ("b (not known)",)
    assert columns_of(rule) == ("a", "b")


def test_a_column_that_the_values_lack_is_an_error():
    with pytest.raises(KeyError, match="i2"):
        classify(unit(abs_smd=1, p_value=1, reviews=1), PAPER)
