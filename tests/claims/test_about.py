import pytest

from evpool.claims.about import is_about, is_of_a_part, names_in, other_measure

ROWS = {"outcome": "pain", "timepoint": ["late", "very late"]}


def claim(**columns):
    return {"outcome": "pain", "group": None, **columns}


def test_a_group_lists_its_names():
    assert names_in("first; last") == names_in(" first;last") == {"first", "last"}
    assert names_in("human vs rat") == {"human", "rat"}
    assert names_in(None) == names_in("") == set()


@pytest.mark.parametrize(
    ("columns", "about"),
    [
        ({}, True),
        ({"group": "late"}, True),
        ({"group": "early;late"}, True),
        ({"group": "early"}, False),
        ({"group": "early", "outcome": "pain_late"}, True),
        ({"group": "source: fat"}, True),
        ({"group": "fat vs marrow"}, True),
        ({"group": "roy_2021", "analysis": "study"}, True),
        ({"outcome": "gait"}, False),
    ],
)
def test_which_outcome_a_claim_is_about(columns, about):
    assert is_about(claim(**columns), ROWS, "pain_late") == about


@pytest.mark.parametrize(
    ("group", "analysis", "part"),
    [
        (None, "publication_bias", False),
        ("all", "publication_bias", False),
        ("late", "publication_bias", False),
        ("early;late", "publication_bias", False),
        ("local", "publication_bias", True),
        ("local", None, True),
        ("4 to 8 weeks", "overall", False),
        ("source: fat", "overall", True),
    ],
)
def test_whether_a_claim_is_about_a_part(group, analysis, part):
    assert is_of_a_part(claim(group=group, analysis=analysis), ROWS) == part


@pytest.mark.parametrize(
    ("named", "pooled", "same"),
    [
        ("MD", "MD", True), ("WMD", "MD", True), ("md", "MD", True), (None, "MD", True),
        ("SMD", "MD", False), ("MD", "SMD", False), ("RR", "OR", False),
        # Papers print every standardised difference as SMD, and Peto's odds ratio as OR.
        ("SMD", "SMDH", True), ("Hedges' g", "SMD", True), ("OR", "PETO", True),
        ("COHEN_D", "SMD", False), ("PETO", "OR", False), ("MD", "GEN", True),
    ],
)  # fmt: skip
def test_a_claim_of_another_measure(named, pooled, same):
    found = other_measure({"measure": named}, pooled)
    assert (found is None) == same
    assert same or (named in found and f"pooled as {pooled}" in found)
