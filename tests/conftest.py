import pytest
from django.test.client import ClientMixin
from hypothesis import HealthCheck, settings

from portal import current, missed

# The same examples in every run: a red test is red for everybody. `--hypothesis-profile=search` looks for new ones.
settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    max_examples=40,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("search", settings.get_profile("suite"), derandomize=False, max_examples=1000)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def no_memory_of_another_test():
    current.forget()
    missed.forget_waiting()
    yield
    current.forget()


@pytest.fixture(autouse=True, scope="session")
def force_login_passes_the_second_factor():
    """Tests of other things need not care: `client.force_login` opens a session with a second factor, as a log-in does."""
    from tests.portal.accounts import give_factor, pass_factor

    log_in = ClientMixin.force_login

    def force_login(client, user, backend=None):
        log_in(client, user, backend)
        give_factor(user)
        pass_factor(client, user)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ClientMixin, "force_login", force_login)
        yield
