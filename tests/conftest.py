import pytest
from hypothesis import settings

# A machine that is busy with other things is no mistake of the code.
settings.register_profile("duologue", deadline=None)
settings.load_profile("duologue")


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param
