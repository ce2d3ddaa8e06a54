"""Files leave protected: a zip that any archiver opens with its password, a workbook that Excel does."""

import io
import zipfile

import msoffcrypto
import openpyxl
import pytest
import pyzipper

from documents.protection import Protection, password_for, protect

SECRET = "0f" * 32
PASSWORD = password_for(SECRET, "ab" * 32)


def workbook() -> bytes:
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "María Ñandú"
    book.save(buffer)
    return buffer.getvalue()


def protected(workshop, protection: Protection, name: str, content: bytes):
    return protect(workshop, protection, name=name, media_type="text/csv", content=content, password=PASSWORD)


def test_a_zip_opens_with_its_password_and_with_no_other(workshop):
    file = protected(workshop, Protection.ZIP, "LD_2027-B1_v1.csv", b"una,linea\r\n")

    with pyzipper.AESZipFile(io.BytesIO(file.content)) as archive:
        [info] = archive.infolist()
        assert (info.filename, info.wz_aes_strength) == ("LD_2027-B1_v1.csv", 3)
        assert archive.read(info, pwd=PASSWORD.encode()) == b"una,linea\r\n"
        with pytest.raises(RuntimeError, match="Bad password"):
            archive.read(info, pwd=b"AAAA-AAAA-AAAA-AAAA-AAAA")
    assert file.name == "LD_2027-B1_v1.zip"
    assert b"una,linea" not in file.content


def test_the_old_encryption_of_zips_is_not_used(workshop):
    file = protected(workshop, Protection.ZIP, "a.csv", b"x")

    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        # 99 is AES; the standard library, which knows the old one only, cannot read it.
        assert archive.infolist()[0].compress_type == 99


def test_a_workbook_opens_with_its_password(workshop):
    original = workbook()
    file = protected(workshop, Protection.XLSX, "LD.xlsx", original)

    locked = msoffcrypto.OfficeFile(io.BytesIO(file.content))
    locked.load_key(password=PASSWORD)
    opened = io.BytesIO()
    locked.decrypt(opened)

    assert locked.is_encrypted()
    assert opened.getvalue() == original


def test_what_is_no_workbook_goes_into_a_zip(workshop):
    assert protected(workshop, Protection.XLSX, "LD.csv", b"x").name == "LD.zip"


def test_without_protection_a_file_stays_as_it_is(workshop):
    file = protected(workshop, Protection.NONE, "LD.csv", b"x")

    assert (file.name, file.content) == ("LD.csv", b"x")


def test_each_file_has_a_password_of_its_own_that_the_office_alone_works_out():
    others = {password_for(SECRET, "cd" * 32), password_for("1f" * 32, "ab" * 32)}

    assert PASSWORD not in others
    assert password_for(SECRET, "ab" * 32) == PASSWORD
    assert not set(PASSWORD) & set("018")
