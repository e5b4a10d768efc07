from evpool.claims.between import check_between

ROW = {"claim_id": "a", "location": "Abstract", "outcome": "bmd", "analysis": "overall"}
ROW |= {"group": "all", "measure": "SMD", "model": "random", "k": "19", "estimate": "2.17"}
ROW |= {"ci_lower": "2.08", "ci_upper": "2.25"}
RAT = ROW | {"claim_id": "b", "analysis": "subgroup", "group": "rat", "k": "13", "estimate": "2.8"}
RAT |= {"ci_lower": "2.5", "ci_upper": "3.1"}


def wrong(*claims):
    found = [(claim["claim_id"], row) for claim, row in check_between(list(claims))]
    return [(i, r["quantity"], r["verdict"]) for i, r in found if r["verdict"] != "consistent"]


def test_a_result_printed_twice_with_other_numbers_is_found():
    assert wrong(ROW, ROW | {"claim_id": "c", "estimate": "2.2"}) == []
    assert wrong(ROW, ROW | {"claim_id": "c", "k": "20"}) == [
        ("c", "k printed twice", "contradicts_itself")
    ]


def test_other_models_and_bounds_are_other_results():
    assert wrong(ROW, ROW | {"model": "common", "k": "20"}) == []
    bound = {"egger_p": "0.10", "egger_p_relation": ">"}
    assert wrong(ROW | bound, ROW | {"egger_p": "0.12"}) == []


def test_a_majority_apart_from_the_whole_asks_for_an_explanation():
    assert wrong(ROW, RAT) == [("b", "subgroup against overall", "questionable")]
    (text,) = [row["finding"] for _, row in check_between([ROW, RAT])]
    # (0.0434 / 0.153)^2 = 8% of the weight; (2.17 - 0.08 * 2.8) / 0.92 = 2.12.
    assert "carry 8% of the weight and the other 6 average 2.12" in text
    assert wrong(ROW, RAT | {"k": "5"}) == []
    assert wrong(ROW, RAT | {"estimate": "2.3", "ci_lower": "2.0", "ci_upper": "2.6"}) == []


def test_a_subgroup_larger_than_the_whole_can_not_be():
    assert wrong(ROW, RAT | {"k": "21"}) == [("b", "k of a subgroup", "contradicts_itself")]


def test_two_groups_with_the_same_numbers_are_asked_about_once():
    other = RAT | {"claim_id": "c", "group": "defect", "k": "14"}
    again = other | {"claim_id": "d"}
    found = [w for w in wrong(RAT, other, again) if w[1] == "same numbers twice"]
    assert found == [("c", "same numbers twice", "questionable")]


def test_p_between_subgroups_is_held_against_their_intervals():
    # Wei 2026, MRI: human against rat donors; the printed P is 0.017.
    human = {"claim_id": "h", "outcome": "mri", "group": "human", "measure": "WMD"}
    human |= {"estimate": "-1.6", "ci_lower": "-2.0", "ci_upper": "-1.2", "location": "Results"}
    rat = human | {"claim_id": "r", "group": "rat", "estimate": "-0.8", "ci_lower": "-1.3"}
    rat |= {"ci_upper": "-0.2"}
    test = {"claim_id": "t", "outcome": "mri", "group": "human vs rat", "location": "Results"}
    assert wrong(human, rat, test | {"p_subgroup_difference": "0.017"}) == []
    assert wrong(human, rat, test | {"p_subgroup_difference": "0.6"}) == [
        ("t", "P between subgroups", "questionable")
    ]


def test_a_bound_on_the_p_between_two_groups_is_read_as_one():
    rat = RAT | {"analysis": "overall", "outcome": "mri", "k": None}
    sides = [rat, rat | {"claim_id": "h", "group": "human", "estimate": "0.8"}]
    sides[1] |= {"ci_lower": "0.5", "ci_upper": "1.1"}
    test = {"claim_id": "t", "outcome": "mri", "group": "human vs rat", "location": "Results"}
    bound = test | {"p_subgroup_difference": "0.001"}
    assert wrong(*sides, bound) == [("t", "P between subgroups", "questionable")]
    assert wrong(*sides, bound | {"p_subgroup_difference_relation": "<"}) == []


def test_a_sentence_about_heterogeneity_is_held_against_the_printed_p():
    said = {"claim_id": "s", "outcome": "all outcomes", "asserts": "heterogeneity", "group": ""}
    rows = [
        ROW | {"outcome": name, "p_het": p, "p_het_relation": relation, "claim_id": name}
        for name, p, relation in (("a", "0.0001", "<"), ("b", "0.40", "="), ("c", "0.05", "="))
    ]
    assert wrong(said, *rows) == [("s", "heterogeneity, in words", "contradicts_itself")]
    (text,) = [r["finding"] for _, r in check_between([said, *rows]) if "words" in r["quantity"]]
    assert text == "the paper prints b: P = 0.40"  # 0.05 may be either
    assert wrong(said | {"outcome": "a; c"}, *rows) == []
    assert wrong(said | {"outcome": "a", "asserts": "no_heterogeneity"}, *rows) == [
        ("s", "heterogeneity, in words", "contradicts_itself")
    ]
