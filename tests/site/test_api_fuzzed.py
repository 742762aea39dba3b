"""Whatever is asked of the interface, its answer is what its own description says."""

import warnings

import pytest
from hypothesis import settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis

from portal.wsgi import application
from tests.site.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def described():
    make_world()
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=5)
def test_a_few_requests(case):
    case.call_and_validate()


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=120)
def test_thousands_of_requests(case):
    case.call_and_validate()
