import pytest

from evpool.arms.sentinels import CODES, sentinel_problems


def found(**columns):
    length = max(map(len, columns.values()))
    rows = [
        {"line": i + 2, "outcome": "o"} | {name: values[i] for name, values in columns.items()}
        for i in range(length)
    ]
    return [(p.line, p.column) for p in sentinel_problems(rows, lambda row: "x")]


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_no_number_of_animals(code):
    assert found(n=[8, code]) == [(3, "n")]


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("mean", [3.2, 4.1, 999.0], [4]),
        ("mean", [3.2, 4.1, -1.0, -99.0], [4, 5]),
        ("mean", [-3.2, 4.1, -1.0], []),  # changes may well be -1
        ("mean", [850.0, 1200.0, 999.0], []),  # a plausible value
        ("mean", [120.0, 90.0, 999.0], []),  # less than ten times the others
        ("mean", [3.2, 999.0], []),  # too little to compare with
        ("mean", [3.2, 4.1, 998.0], []),
        ("sd", [0.4, -1.0], [3]),
        ("error", [0.4, 0.5, 9999.0], [4]),
        ("median", [3.0, 4.0, -9.0], [4]),
        ("estimate", [0.4, -1.0, 0.8], []),  # an effect may have any size
    ],
)
def test_a_code_is_refused_where_it_is_implausible(column, values, expected):
    assert found(**{column: values}) == [(line, column) for line in expected]


def test_outcomes_and_units_are_judged_apart():
    typed = [("mg", 1.0), ("mg", 2.0), ("ug", 999.0), ("ug", 1100.0)]
    rows = [{"line": 2, "outcome": "a", "unit": unit, "mean": mean} for unit, mean in typed]
    assert list(sentinel_problems(rows, str)) == []


def test_a_review_may_name_its_own_codes():
    rows = [{"line": 2, "outcome": "a", "n": n} for n in (888.0, 999.0)]
    assert [p.value for p in sentinel_problems(rows, str, [888])] == [888.0]
    assert list(sentinel_problems(rows, str, [])) == []
