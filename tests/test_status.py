from http import HTTPStatus

import pytest

from duologue import status

NAMES = [name for name in vars(status) if name.startswith(("WS_", "HTTP_"))]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_its_number(name):
    assert name.split("_")[1] == str(getattr(status, name))


def test_every_registered_close_code_has_one_name():
    codes = [getattr(status, name) for name in NAMES if name.startswith("WS_")]
    assert codes == [1000, 1001, 1002, 1003, *range(1005, 1016)]


def test_every_http_status_of_the_standard_library_has_a_name():
    statuses = [getattr(status, name) for name in NAMES if name.startswith("HTTP_")]
    assert set(HTTPStatus) <= set(statuses)
    assert len(statuses) == len(set(statuses))


def test_a_name_may_be_imported_where_it_is_read():
    assert status.WS_1008_POLICY_VIOLATION == 1008
    assert status.HTTP_403_FORBIDDEN == 403
