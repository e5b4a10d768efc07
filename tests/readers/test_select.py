import pytest

from evpool.errors import InputError
from evpool.readers import read_figure, select_arm
from tests.readers.projects import FORMATS

BARS = read_figure(FORMATS / "wpd_v4_bar_groups.json")
TIMES = read_figure(FORMATS / "wpd_v4_xy_tip_datasets.json")


@pytest.mark.parametrize("label", ["3 mg/kg", "tuple=2"])
def test_a_bar_by_its_label_or_tuple(label):
    assert select_arm(BARS, label).centre == pytest.approx(33.544093178036604)


@pytest.mark.parametrize(
    ("x", "centre"), [("x=14", 8.158560971582675), ("x=1.5", 11.799519345429196)]
)
def test_a_point_by_the_nearest_x(x, centre):
    assert select_arm(TIMES, x, "vehicle").centre == pytest.approx(centre)


@pytest.mark.parametrize(
    ("label", "dataset", "words"),
    [
        ("2 mg/kg", None, "0 arms fit '2 mg/kg'. Did you mean"),
        ("", None, "4 arms fit ''"),
        ("x=14", None, "0 arms fit"),
        ("vehicle", "Defualt Dataset", "no data set .* Did you mean 'Default Dataset'"),
    ],
)
def test_a_label_that_names_no_one_arm(label, dataset, words):
    with pytest.raises(InputError, match=words):
        select_arm(BARS, label, dataset)


def test_an_x_between_or_beyond_the_points():
    with pytest.raises(InputError, match="0 arms fit 'x=30'"):
        select_arm(TIMES, "x=30", "vehicle")
    with pytest.raises(InputError, match="2 arms fit 'x=14'"):
        select_arm(TIMES, "x=14")
