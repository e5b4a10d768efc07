import pytest

from evpool.errors import InputError
from evpool.extraction.columns import PHASES, PRISMA
from evpool.extraction.delimited import read_input
from evpool.studies.flow import build_flow, check_flow, flow_findings, in_words
from tests.conftest import ROOT


def boxes(**counts):
    rows = [{"phase": name, "detail": None, "count": n} for name, n in counts.items()]
    return [
        row | {"printed": str(row["count"]), "locations": "", "computed": False} for row in rows
    ]


SOUND = {"identified": 300, "duplicates": 60, "automation": 40, "screened": 200, "excluded": 150}
SOUND |= {"assessed": 50, "excluded_full_text": 30, "included": 20, "pooled": 18}


def wrong(counts, studies=None):
    found = check_flow(boxes(**counts), studies)
    return [check["rule"] for check in found if check["holds"] is False]


def test_a_sound_flow_has_no_mismatch():
    assert wrong(SOUND, 20) == []
    assert flow_findings(check_flow(boxes(**SOUND), 20)) == ["What is printed adds up (5 checks)."]


@pytest.mark.parametrize(
    ("count", "rules"),
    [
        ("identified", ["identified - duplicates = screened"]),
        ("automation", ["identified - duplicates = screened"]),
        ("screened", ["identified - duplicates = screened", "screened - excluded = assessed"]),
        (
            "assessed",
            ["screened - excluded = assessed", "assessed - excluded_full_text = included"],
        ),
        ("excluded_full_text", ["assessed - excluded_full_text = included"]),
        ("included", ["assessed - excluded_full_text = included", "included = study table"]),
    ],
)
def test_one_wrong_count_breaks_exactly_its_own_sums(count, rules):
    assert wrong(SOUND | {count: SOUND[count] + 1}, 20) == rules


def test_more_pooled_than_included_is_a_mismatch():
    assert wrong(SOUND | {"pooled": 21}) == ["pooled <= included"]


def test_reports_sought_and_other_routes_are_followed():
    counts = SOUND | {"sought": 50, "not_retrieved": 5, "assessed": 45, "identified_other": 10}
    counts |= {"sought_other": 10, "not_retrieved_other": 1, "assessed_other": 9}
    counts |= {"excluded_full_text_other": 3, "included_reports": 21}
    assert wrong(counts) == []
    assert wrong(counts | {"assessed_other": 8, "included_reports": 20}) == [
        "sought_other - not_retrieved_other = assessed_other"
    ]
    assert wrong(counts | {"included_reports": 22}) == [
        "assessed - excluded_full_text = included_reports"
    ]


def test_an_updated_review_adds_the_studies_of_its_previous_version():
    counts = SOUND | {"included_new": 20, "previous": 12, "included": 32}
    assert wrong(counts, 32) == []
    assert wrong(counts | {"included": 30}) == ["previous + included_new = included"]
    assert wrong(counts | {"included_new": 21}) == [
        "assessed - excluded_full_text = included_new",
        "previous + included_new = included",
    ]


# What /resources says of the four papers; the SCI figure labels as removed what was left.
KNOWN = {
    "sci": (21, ["276 records identified − 217 duplicates removed = 59, but 217 records "
                 "screened."]),
    "osteoporosis": (17, []),
    "ivdd": (19, []),
    "bone": (20, ["The number of studies in the meta-analysis is printed as 19 and 20 (Results, "
                  "Overall effect; Discussion, paragraph 1)."]),
}  # fmt: skip


@pytest.mark.parametrize("review", KNOWN)
def test_the_papers_flows(review):
    studies, expected = KNOWN[review]
    flow = build_flow(read_input(ROOT / f"resources/{review}/prisma.csv", PRISMA))
    checks = check_flow(flow, studies)
    assert [check["finding"] for check in checks if check["holds"] is False] == expected


def test_a_total_that_is_not_printed_is_the_sum_of_its_parts_and_says_so():
    flow = build_flow(read_input(ROOT / "resources/ivdd/prisma.csv", PRISMA))
    (total,) = [box for box in flow if box["phase"] == "identified" and box["detail"] is None]
    assert (total["count"], total["computed"]) == (313 + 26 + 6, True)
    (included,) = [box for box in flow if box["phase"] == "included"]
    assert (included["count"], included["computed"]) == (None, False)
    findings = flow_findings(check_flow(flow))
    assert findings == ["2 steps can't be checked: not every count is printed."]


def typed(tmp_path, *rows):
    path = tmp_path / "prisma.csv"
    path.write_text("\n".join(["stage,phase,detail,count,location", *rows]) + "\n")
    return read_input(path, PRISMA)


def test_a_misspelt_phase_is_refused_with_the_right_one(tmp_path):
    with pytest.raises(InputError, match=r"'screend': expected one of.*Did you mean 'screened'\?"):
        build_flow(typed(tmp_path, "records screened,screend,,12,"))
    with pytest.raises(InputError, match="no row has a `phase`"):
        build_flow(typed(tmp_path, "rats,,,12,"))


def test_parts_that_miss_their_total_are_told(tmp_path):
    rows = ["all,excluded,,10,", "a,excluded,reviews,4,", "b,excluded,no animals,5,"]
    (check,) = [c for c in check_flow(build_flow(typed(tmp_path, *rows))) if "parts" in c["rule"]]
    assert check["holds"] is False
    assert "4 + 5 = 9, but 10 are printed" in check["finding"]


def test_every_phase_has_words():
    assert all(in_words(phase) for phase in PHASES)
