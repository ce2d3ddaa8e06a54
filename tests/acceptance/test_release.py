"""The file for the PS: protected, its password apart, every line kept as it left, and held to be the same (5.2.3, 5.2.4)."""

import hashlib
import io
import json
from dataclasses import replace

import openpyxl
import pytest
import pyzipper
from sqlmodel import text
from typer.testing import CliRunner

from documents.protection import password_for
from service.demo import office as demo_office
from service.main import application
from service.settings import read_settings
from storage import releases
from storage.errors import BooksConflict
from storage.lists import ListLevel
from storage.verification import verify
from tests.people import CACYPCS, CFI, CPEEYPB, PERIOD, SAC_R01, STRANGER

PS = demo_office.PS_ADDRESS


async def released(scene):
    """A26 to A28, and the letter that the PS got."""
    await scene[CACYPCS].does("A26")
    await scene[CPEEYPB].does("A27")
    await scene[CPEEYPB].does("A28")
    return scene[PS].last("M-17")


async def test_the_file_leaves_protected_and_its_password_is_not_with_it(authorised):
    letter = await released(authorised)
    [version] = authorised.versions("", ListLevel.LD)
    password = password_for(authorised.settings.office.secret, version.file_sha256)

    [(name, content)] = letter.attachments.items()
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        [info] = archive.infolist()
        inside = archive.read(info, pwd=password.encode())

    assert (name, info.filename) == (f"LD_{PERIOD}_v1.zip", f"LD_{PERIOD}_v1.csv")
    assert hashlib.sha256(inside).hexdigest() == version.file_sha256
    assert inside.decode("utf-8-sig").count("\r\n") == version.rows + 1
    assert password not in letter.text + letter.html
    assert hashlib.sha256(content).hexdigest() in letter.text.replace(" ", "")
    assert not [one for one in authorised.letters() if one.template == "PASSWORD"]


async def test_the_password_goes_to_the_other_address_when_the_office_has_one(authorised):
    writer = authorised.service.writer
    writer.office = replace(writer.office, provider_password_to=STRANGER)

    letter = await released(authorised)

    [version] = authorised.versions("", ListLevel.LD)
    told = authorised[STRANGER].last("PASSWORD")
    assert password_for(writer.office.secret, version.file_sha256) in told.text
    assert not told.attachments
    assert told.message["To"] != letter.message["To"]


async def test_the_password_never_goes_where_the_file_goes(authorised):
    writer = authorised.service.writer
    writer.office = replace(writer.office, provider_password_to=PS)

    await released(authorised)

    assert not [one for one in authorised.letters() if one.template == "PASSWORD"]


async def test_what_left_is_kept_line_by_line_and_nobody_alters_it(authorised):
    letter = await released(authorised)
    [version] = authorised.versions("", ListLevel.LD)
    with authorised.books() as session:
        [release] = releases.releases_of(session, version.id)
        lines = releases.lines_of(session, release.id)

    [content] = letter.attachments.values()
    names = {line.name for line in authorised.lines("", ListLevel.LD)}
    assert release.sent_sha256 == hashlib.sha256(content).hexdigest()
    assert (release.lines, release.digest) == (version.rows, version.digest)
    assert {json.loads(line.record)["nombre"] for line in lines} == names
    for line in lines:
        assert line.seal == hashlib.sha256(f"{line.reference}\n{line.record}".encode()).hexdigest()
    whole = hashlib.sha256("".join(line.seal for line in lines).encode()).hexdigest()
    assert release.seal == whole
    assert any(whole in row.text for row in authorised.noted("release_sealed"))
    for change in ("UPDATE released_line SET record = ''", "DELETE FROM provider_release"):
        with (
            pytest.raises(BooksConflict, match="only grows"),
            authorised.service.store.transaction() as session,
        ):
            session.connection().execute(text(change))


@pytest.fixture
def oficialia(offices, tmp_path):
    """Commands at the keyboard of an office whose listado definitivo was released."""
    folder = tmp_path / "datos"
    offices.copy("demonstration", folder)

    def run(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(application, [*(str(one) for one in arguments), "--data", str(folder)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout + result.stderr

    run.folder = folder
    return run


def exported(oficialia, path, form):
    status, told = oficialia(
        "lists", "export", PERIOD, path, "--form", form, "--as", CPEEYPB.key, "--reason", "cotejo"
    )
    assert status == 0, told
    return path


@pytest.mark.parametrize(("form", "ending"), [("layout", "csv"), ("layout-xlsx", "xlsx"), ("xlsx", "xlsx")])
def test_ac_36_every_form_that_the_desk_hands_out_is_the_same_list(oficialia, tmp_path, form, ending):
    path = exported(oficialia, tmp_path / f"ld.{ending}", form)

    status, told = oficialia("lists", "compare", PERIOD, path, "--as", CFI.key)

    assert status == 0, told
    assert "Es el mismo listado" in told


def test_ac_36_one_centavo_more_is_another_list_and_the_line_is_shown(oficialia, tmp_path):
    path = exported(oficialia, tmp_path / "ld.xlsx", "xlsx")
    book = openpyxl.load_workbook(path)
    [header] = [row for row in book.worksheets[0].iter_rows() if row[1].value == "Referencia"]
    [place] = [cell.column for cell in header if cell.value == "Importe"]
    cell = book.worksheets[0].cell(header[0].row + 2, place)
    cell.value = float(cell.value) + 0.01
    book.save(path)

    status, told = oficialia("lists", "compare", PERIOD, path, "--as", CFI.key)

    assert status == 1
    assert "1 diferencias" in told
    assert f"{PERIOD}-000002: importe:" in told


def test_the_password_is_told_to_the_authorised_and_to_nobody_else(oficialia):
    status, told = oficialia("lists", "password", PERIOD, "--as", CPEEYPB.key)
    refused = [oficialia("lists", "password", PERIOD, "--as", member.key) for member in (CFI, SAC_R01)]

    assert status == 0
    assert len(told.strip()) == 24
    assert read_settings(oficialia.folder).provider_protection == "zip"
    assert [code for code, _words in refused] == [1, 1]
    assert "personal autorizado" in refused[0][1]
    assert told.strip() not in refused[0][1] + refused[1][1]


async def test_verify_holds_what_left_to_its_seals(authorised):
    await released(authorised)
    service = authorised.service
    whole = verify(service.store, service.blobs)
    with service.store.transaction() as session:
        # As somebody who owns the database could: the guard taken away, a line changed, the guard put back.
        guard = session.connection().execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'released_line_no_update'")
        )
        made_again = guard.scalar_one()
        session.connection().execute(text("DROP TRIGGER released_line_no_update"))
        session.connection().execute(
            text("UPDATE released_line SET record = replace(record, '1000', '9000')")
        )
        session.connection().execute(text(made_again))

    altered = verify(service.store, service.blobs)

    assert whole.ok, whole.problems
    assert [problem.what for problem in altered.problems] == ["sus renglones no son los que se enviaron"]
