import pytest

from evpool.errors import InputError
from evpool.studies.settings import check_study_settings

REVIEW = {"id": "r", "characteristics": None, "risk_of_bias": None, "outcomes": {"pain": {}}}
REVIEW |= {"swim": None, "doses": None}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"characteristics": {"columns": {"specis": "x"}}}, "Did you mean 'species'"),
        ({"characteristics": {"columns": {"species": "x"}, "counts": ["sex"]}}, "does not show"),
        ({"risk_of_bias": {"tool": "SYRCLE", "weights": "pian"}}, "Did you mean 'pain'"),
        ({"swim": {"groups": ["specis"]}}, "swim names 'specis'.*Did you mean 'species'"),
        ({"swim": {"groups": ["sex"], "dose": "dos"}}, "swim names 'dos'"),
        ({"swim": {"groups": ["sex"], "harvest": "species"}}, "swim.groups does not list"),
    ],
)
def test_what_does_not_exist_is_refused(changes, said):
    with pytest.raises(InputError, match=said):
        check_study_settings(REVIEW | changes, ["study_id", "species", "sex"])


def test_without_a_study_table_there_is_nothing_to_check():
    check_study_settings(REVIEW | {"characteristics": {"columns": {"any": "x"}}}, [])
