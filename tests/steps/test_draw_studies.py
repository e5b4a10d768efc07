from evpool import columns
from evpool.steps.describe_studies import describe_studies
from evpool.steps.draw_studies import draw_studies
from evpool.tables import as_table
from tests.plots.checks import words
from tests.steps.test_describe_studies import NOTHING, typed


def draw(review, settings, **options):
    made = describe_studies(typed(review), settings, review)
    tables = {name: as_table(rows, getattr(columns, name.upper())) for name, rows in made.items()}
    return dict(draw_studies(tables, settings["swim"], **options))


def test_a_review_gets_the_figures_that_its_tables_allow():
    assert list(draw("sci", NOTHING)) == ["flow"]
    assert list(draw("ivdd", NOTHING | {"risk_of_bias": {"tool": "SYRCLE"}})) == [
        "flow",
        "risk_summary",
    ]
    shown = {"columns": {"species": "Species"}, "counts": ["species"]}
    settings = NOTHING | {"characteristics": shown, "risk_of_bias": {"tool": "COCHRANE"}}
    drawn = ["characteristics", "flow", "risk_of_bias", "risk_summary"]
    assert list(draw("bone", settings)) == drawn
    settings["swim"] = {"groups": ["species"]}
    assert list(draw("bone", settings)) == [*drawn, "effect_direction", "harvest"]
    settings["swim"] |= {"dose": "dose_particles_per_kg", "threshold": 1e10}
    assert list(draw("bone", settings))[-1] == "dose_change"


def test_a_flow_that_does_not_add_up_says_so_in_the_figure():
    text = " ".join(words(draw("sci", NOTHING)["flow"]))
    assert "276 records identified − 217 duplicates removed = 59, but 217 records screened" in text


def test_simulated_data_are_stamped_on_every_figure():
    settings = NOTHING | {"risk_of_bias": {"tool": "COCHRANE"}}
    for name, figure in draw("bone", settings, synthetic=True).items():
        assert "SYNTHETIC" in words(figure), name
