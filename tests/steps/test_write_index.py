import re

from evpool.steps.write_index import write_index

FIT = {"review": "paper", "outcome": "bmd", "analysis": "overall", "model": "random", "k": 5}
FIT |= {"measure": "SMD", "estimate": 1.2, "ci_low": 0.4, "ci_high": 2.0, "pi_low": None}
FIT |= {"pi_high": None, "ci_level": 0.95, "n_t": 20, "n_c": 21, "i2": 0.5, "tau2": 0.1}
FIT |= {"label": "Bone <density>", "unit": "", "better": "higher"}
REVIEWS = {
    "paper": {"title": "A paper", "citation": "Ito (2020)", "synthetic": False, "outcomes": {}},
    "votes": {"title": "Votes", "citation": "", "synthetic": False, "outcomes": {}},
    "twin": {"title": "A twin", "citation": "", "synthetic": True, "outcomes": {}},
}
AUDIT = [{"review": "paper", "verdict": v} for v in ("reproduced", "reproduced", "questionable")]
SWIM = [{"review": "votes", "grouped_by": "all studies", "benefit": 20, "harm": 0}]
SWIM[0] |= {"share_low": 0.8316, "share_high": 1.0}


def page():
    evidence = [FIT, FIT | {"model": "common", "estimate": 9.9}, FIT | {"review": "twin"}]
    return write_index(evidence, AUDIT, SWIM, REVIEWS)


def cards():
    found = re.findall(r'<article class="card(.*?)</article>', page(), re.DOTALL)
    return {re.search(r'id="(\w+)"', card)[1]: card for card in found}


def test_every_review_has_a_card_with_its_headlines_and_a_link():
    own = cards()
    assert list(own) == ["paper", "votes", "twin"]
    assert '<a href="paper/report.html#bmd">Bone &lt;density&gt;</a>: SMD 1.20' in own["paper"]
    assert "9.9" not in page()
    assert "2 reproduced" in own["paper"]
    assert "1 questionable" in own["paper"]
    assert "0 " not in own["paper"].split("Published claims")[1]
    assert "No outcome is pooled. Without meta-analysis: 20 of 20 studies" in own["votes"]


def test_an_outcome_without_an_interval_has_a_headline():
    alone = FIT | {"k": 1, "ci_low": None, "ci_high": None, "n_c": None, "i2": None}
    text = write_index([alone], AUDIT, SWIM, REVIEWS)
    assert "SMD 1.20 (1 comparison): no confidence interval can be given." in text


def test_a_twin_can_not_be_taken_for_a_paper():
    own = cards()
    assert "made-up" in own["twin"]
    assert "SYNTHETIC: simulated, no finding" in own["twin"]
    for name in ("paper", "votes"):
        assert "made-up" not in own[name]
        assert "SYNTHETIC" not in own[name]
    text = page()
    assert (
        text.index("A paper")
        < text.index("the reviews below were simulated")
        < text.index("A twin")
    )


def test_an_umbrella_review_leads_to_its_classified_evidence():
    reviews = {"wide": REVIEWS["votes"] | {"umbrella": True}}
    text = write_index([], [], [], reviews)
    assert '<a href="wide/report.html#evidence">classified by rule</a>' in text
    assert "No outcome is pooled" not in text


def test_without_twins_nothing_speaks_of_them():
    papers = {name: review for name, review in REVIEWS.items() if name != "twin"}
    text = write_index([FIT], AUDIT, SWIM, papers)
    assert "SYNTHETIC" not in text
    assert "2 reviews of published data. Random-effects" in text
