from evpool.steps.collect_evidence import collect_evidence


def test_the_benefit_sign_follows_the_good_direction():
    outcomes = {
        "pain": {"label": "Pain", "unit": "points", "better": "lower"},
        "gait": {"label": "Gait", "unit": "points", "better": "higher"},
    }
    reviews = {"r": {"title": "T", "synthetic": True, "outcomes": outcomes}}
    same = {"review": "r", "estimate": -1.5}
    pooled = [same | {"outcome": name, "measure": "MD"} for name in outcomes]
    rows = collect_evidence(pooled, reviews)
    assert [row["benefit"] for row in rows] == [1.5, -1.5]
    assert [row["estimate"] for row in rows] == [-1.5, -1.5]
    assert rows[0]["synthetic"] is True
    (spread,) = collect_evidence([pooled[0] | {"measure": "CVR"}], reviews)
    assert spread["benefit"] is None  # neither more nor less variation is a benefit
    pooled[0]["estimate"] = None  # a named analysis that leaves no comparison
    assert collect_evidence(pooled, reviews)[0]["benefit"] is None
