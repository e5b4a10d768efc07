from evpool.history import flagged, lines_of, noted, shown


def test_steps_stand_in_order_with_old_and_new_value():
    row = {"error": 0.4}
    once = noted(row, "convert", f"sem {shown(0.4)} -> SD {shown(1.2)}", sd=1.2)
    twice = noted(once, "units", "mean 1 ratio\n-> 100 %")
    assert row == {"error": 0.4}
    assert once["sd"] == 1.2
    assert lines_of(twice) == [
        ("convert", "sem 0.4 -> SD 1.2"),
        ("units", "mean 1 ratio -> 100 %"),
    ]


def test_a_caution_is_given_once():
    row = flagged(flagged(flagged({}, "skewed"), "n_lower_end"), "skewed")
    assert row["flags"] == "skewed; n_lower_end"


def test_numbers_are_short_and_a_missing_one_is_named():
    assert [shown(0.1 + 0.2), shown(8.0), shown(None), shown("6-8")] == [
        "0.3", "8", "nothing", "6-8",
    ]  # fmt: skip
