import pytest
from hypothesis import settings
from patience import TEST
from shared import pytest_runtest_makereport, pytest_runtest_setup  # noqa: F401

from duologue import cli

# A machine that is busy with other things is no mistake of the code.
settings.register_profile("duologue", deadline=None)
settings.load_profile("duologue")


def pytest_configure(config):
    """Show where a test hangs, and end it; pytest reads this limit from its settings alone."""
    config._inicache["faulthandler_timeout"] = TEST


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@pytest.fixture
def run(capsys):
    """Run the command `duologue`: its exit status, what it shows, and what it complains about."""

    def run(*arguments):
        status = cli.main(arguments)
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return run
