from errno import EIO, ENOSPC
from pathlib import Path

import pytest
from django.utils import timezone

from portal import kept
from portal.entries import touch
from portal.exports import XLSX
from tests.factories import make_recommendation

pytestmark = pytest.mark.django_db
CSV = "/daten/recommendations.csv"


@pytest.fixture
def answers(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FREE", 0)  # whatever the disk of the tests
    settings.ANSWERS_DIR = tmp_path / "answers"
    return settings.ANSWERS_DIR


@pytest.fixture
def records(answers):
    made = [make_recommendation(title_de=title) for title in ("Wohnraum schaffen", "Sprache fördern")]
    for record in made:
        touch("recommendations", record.pk)
    return made


def download(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def files(answers):
    return [path for path in answers.rglob("*") if path.is_file()]


@pytest.mark.parametrize("extension", ["csv", "xlsx", "json", "jsonl"])
def test_what_was_sent_once_is_sent_again_without_being_read_and_rendered_anew(client, records, answers, extension):
    address = f"/daten/recommendations.{extension}"
    first = client.get(address)
    content = b"".join(first.streaming_content)
    (file,) = files(answers)
    assert file.read_bytes() == content
    file.write_bytes(b"as it was kept")
    again = client.get(address)
    assert b"".join(again.streaming_content) == b"as it was kept"
    for name in ("Content-Type", "Content-Disposition", "Content-Language", "ETag", "Access-Control-Allow-Origin"):
        assert again.headers[name] == first.headers[name], name


def test_each_choice_language_and_order_has_a_file_of_its_own(client, records, answers):
    queries = ("", "?lang=en", "?dialect=comma", "?q=Wohnraum", "?q=Sprache", "?sort=title")
    sent = {query: download(client, CSV + query) for query in queries}
    assert len(files(answers)) == len(set(sent.values())) == len(queries)
    assert {query: download(client, CSV + query) for query in queries} == sent


def test_nothing_of_older_content_is_given_out_or_stays_on_the_disk(client, records, answers):
    record = records[0]
    assert b"Wohnraum" in download(client, CSV)
    record.status = record.Status.ARCHIVED
    record.save()
    touch("recommendations", record.pk)
    assert b"Wohnraum" not in download(client, CSV)
    assert not [file for file in files(answers) if b"Wohnraum" in file.read_bytes()]


def test_a_record_that_appears_by_its_date_is_in_the_next_file(client, records, monkeypatch):
    make_recommendation(title_de="Morgen", published_at=timezone.now() + timezone.timedelta(days=1))
    touch("recommendations", None)
    assert b"Morgen" not in download(client, CSV)
    tomorrow = timezone.now() + timezone.timedelta(days=1, minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    assert b"Morgen" in download(client, CSV)


def test_a_download_that_is_broken_off_leaves_nothing(answers):
    parts = kept.keeping(iter([b"one", b"two"]), answers / "version" / "table")
    assert next(parts) == b"one"
    assert len(files(answers)) == 1
    parts.close()  # as the response does when the reader is gone
    assert files(answers) == []


def test_a_full_disk_stops_no_download(client, records, answers, monkeypatch, caplog):
    class Full:
        def __init__(self, **_arguments):
            self.name = answers / "new"
            self.name.touch()

        def write(self, _part):
            raise OSError(ENOSPC, "No space left on device")

        def close(self):
            pass

    expected = download(client, CSV)
    (file,) = files(answers)
    file.unlink()
    monkeypatch.setattr(kept.tempfile, "NamedTemporaryFile", Full)
    assert download(client, CSV) == expected
    assert files(answers) == []
    assert "No space left" in caplog.text


def test_what_may_not_have_reached_the_disk_is_not_kept(client, records, answers, monkeypatch, caplog):
    def fail(_descriptor):
        raise OSError(EIO, "Input/output error")

    monkeypatch.setattr(kept.os, "fsync", fail)
    assert download(client, CSV).count(b"\r\n") == 1 + len(records)
    assert files(answers) == []
    assert "Input/output error" in caplog.text


def test_what_is_left_of_the_disk_is_left_to_others(client, records, answers, monkeypatch, caplog):
    monkeypatch.setattr(kept, "FREE", kept.shutil.disk_usage(answers.parent).total + 1)
    assert download(client, CSV).count(b"\r\n") == 1 + len(records)
    assert files(answers) == []
    assert "Too little is left" in caplog.text


def test_a_directory_that_cannot_be_written_stops_no_download(client, records, answers, caplog):
    answers.write_text("a file where the directory should be")
    assert download(client, CSV).count(b"\r\n") == 1 + len(records)
    assert "could not be kept" in caplog.text


@pytest.mark.parametrize("least", [0, kept.LEAST])
def test_the_oldest_go_when_there_is_too_much(client, records, answers, monkeypatch, least):
    first = download(client, CSV)
    (oldest,) = files(answers)
    monkeypatch.setattr(kept, "LEAST", least)
    monkeypatch.setattr(kept, "MOST", max(least, len(first)) - 1)
    download(client, f"{CSV}?lang=en")
    assert oldest not in files(answers)
    assert len(files(answers)) == 1


def test_a_kept_spreadsheet_is_told_to_be_one(client, records):
    for _time in range(2):
        response = client.get("/daten/recommendations.xlsx")
        assert response.headers["Content-Type"] == XLSX
        assert Path(response.headers["Content-Disposition"].split('"')[1]).suffix == ".xlsx"
        b"".join(response.streaming_content)
