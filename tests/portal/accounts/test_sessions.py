"""An editor's session ends after 30 minutes without a request, and after twelve hours in any case."""

import pytest
from django.urls import reverse

from portal.accounts.sessions import end_all_of
from portal.models import User
from tests.portal.accounts import code, give_factor


@pytest.fixture
def opened(client, editor, log_in, clock):
    give_factor(editor)
    log_in()
    client.post("/konto/anmelden/code/", {"code": code()})
    assert client.get("/admin/").status_code == 200


def test_after_30_idle_minutes_one_logs_in_again_and_learns_why(client, opened, clock):
    clock(minutes=29)
    assert client.get("/admin/").status_code == 200
    clock(minutes=31)
    response = client.get("/admin/portal/page/", follow=True)
    assert response.redirect_chain[-1][0] == "/konto/anmelden/?next=%2Fadmin%2Fportal%2Fpage%2F"
    assert "Ihre Sitzung ist abgelaufen." in response.content.decode()


def test_a_form_with_unsaved_changes_keeps_the_session_alive(client, opened, clock):
    for _ in range(20):
        clock(minutes=5)
        assert client.get(reverse("keep_alive")).status_code == 204
    assert client.get("/admin/").status_code == 200


def test_nothing_keeps_a_session_for_more_than_twelve_hours(client, opened, clock):
    for _ in range(12 * 60 // 20):
        clock(minutes=20)
        client.get(reverse("keep_alive"))
    clock(minutes=1)
    assert client.get(reverse("keep_alive")).status_code == 401
    assert client.get("/admin/").status_code == 302


def test_twelve_hours_count_from_the_log_in_whatever_the_sessions_own_expiry(client, opened):
    session = client.session
    session["began"] -= 12 * 3600 + 1
    session.set_expiry(3600)
    session.save()
    assert client.get("/admin/").status_code == 302


def test_idle_time_counts_from_the_log_in(client, editor, log_in, clock):
    log_in()
    clock(minutes=31)
    assert client.get("/konto/").status_code == 302


def test_the_cookie_ends_twelve_hours_after_the_log_in_however_often_it_is_renewed(client, opened, clock):
    clock(hours=0, minutes=25)
    client.get("/admin/")
    clock(minutes=25)
    response = client.get("/admin/")
    assert response.cookies["sessionid"]["max-age"] == pytest.approx(12 * 3600 - 50 * 60, abs=5)


def test_all_sessions_of_one_account_can_be_ended_and_no_others(client, other_browser):
    ada, bob = User.objects.create_user("ada", is_staff=True), User.objects.create_user("bob", is_staff=True)
    client.force_login(ada)
    other_browser.force_login(bob)
    end_all_of(ada)
    assert client.get("/admin/").status_code == 302
    assert other_browser.get("/admin/").status_code == 200
