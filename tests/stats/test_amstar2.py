"""AMSTAR 2 from made-up answers: the printed reviews give none."""

import itertools

import pytest

from evpool.stats.amstar2 import CRITICAL, ITEMS, RATINGS, rate_amstar2


def answers(*flawed, **others):
    given = dict.fromkeys(ITEMS, "yes") | dict.fromkeys(flawed, "no")
    return given | {int(key[1:]): value for key, value in others.items()}


@pytest.mark.parametrize(
    ("flawed", "rating"),
    [
        ((), "high"),
        ((1,), "high"),
        ((1, 3), "moderate"),
        ((1, 3, 5, 6, 8, 10, 12, 14, 16), "moderate"),
        ((2,), "low"),
        ((2, 1, 3, 5), "low"),
        ((2, 4), "critically low"),
        (ITEMS, "critically low"),
    ],
)
def test_the_ratings_of_shea(flawed, rating):
    rated = rate_amstar2(answers(*flawed))
    assert rated.rating == rating
    assert rated.critical_flaws == tuple(item for item in sorted(flawed) if item in CRITICAL)


def test_item_13_is_critical_for_shea_and_not_for_the_paper():
    assert rate_amstar2(answers(13)).rating == "low"
    assert rate_amstar2(answers(13), (2, 4, 7, 9, 11, 15)).rating == "high"


def test_partial_yes_is_no_weakness_and_no_meta_analysis_counts_for_nothing():
    assert rate_amstar2(answers(i2="partial yes", i4="partial yes")).rating == "high"
    none = "no meta-analysis"
    assert rate_amstar2(answers(i11=none, i12=none, i15=none)).rating == "high"


@pytest.mark.parametrize("missing", [(1,), (2,), (1, 3), (2, 4), (1, 2), (7, 16)])
@pytest.mark.parametrize("flawed", [(), (5,), (9,)])
def test_missing_answers_leave_open_what_any_answers_could_give(missing, flawed):
    given = answers(*flawed) | dict.fromkeys(missing)
    found = {
        rate_amstar2(given | dict(zip(missing, filled, strict=True))).rating
        for filled in itertools.product(("yes", "no"), repeat=len(missing))
    }
    rated = rate_amstar2(given)
    assert set(rated.possible) == found
    assert rated.missing == missing
    assert rated.rating == (found.pop() if len(found) == 1 else None)


def test_no_answers_at_all_leave_everything_open():
    assert rate_amstar2({}).possible == RATINGS


def test_unknown_items_and_answers_are_refused():
    with pytest.raises(ValueError, match="items 1 to 16; got 17"):
        rate_amstar2({17: "yes"})
    with pytest.raises(ValueError, match="item 4 must be one of yes, partial yes"):
        rate_amstar2({4: "maybe"})
