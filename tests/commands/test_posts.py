"""`deputy` and `handover`: who acts for whom, said at the keyboard."""

from tests.people import ADMIN, CACYPCS, EMS_R03, SAC_R01, SAC_R03

OFICIO = ("--oficio", "JSPM/012/2026")


def test_a_deputy_is_named_with_oficio_and_dates(oficialia, office):
    told = oficialia(
        "deputy", "EMS", EMS_R03.unit, "--to", SAC_R01.key, "--from", "2026-12-10", "--until", "2026-12-24",
        *OFICIO, "--as", ADMIN.key, "--data", office,
    )  # fmt: skip

    assert told.status == 0
    assert f"{SAC_R01.name} actúa en EMS de {EMS_R03.unit} por ausencia de {EMS_R03.name}" in told.out
    assert "del 10-12-2026 al 24-12-2026" in told.out


def test_a_post_is_handed_over_from_today_on(oficialia, office):
    told = oficialia(
        "handover", "SAC", SAC_R03.unit, "--to", SAC_R01.key, *OFICIO, "--as", CACYPCS.key, "--json",
        "--data", office,
    )  # fmt: skip

    assert told.status == 0
    assert told.json["incoming"] == SAC_R01.name
    assert told.json["outgoing"] == SAC_R03.name
    assert told.json["from"] == "2026-12-10"


def test_what_cannot_be_arranged_is_said_and_changes_nothing(oficialia, office):
    def tried(*arguments: object) -> str:
        told = oficialia("handover", *arguments, "--data", office)
        assert told.status != 0
        return told.aside

    post = ("SAC", SAC_R03.unit)

    assert "no es un día" in tried(*post, "--to", SAC_R01.key, *OFICIO, "--as", ADMIN.key, "--on", "mañana")
    assert "antes de hoy" in tried(
        *post, "--to", SAC_R01.key, *OFICIO, "--as", ADMIN.key, "--on", "2026-12-01"
    )
    assert "Nadie en el directorio" in tried(*post, "--to", "NADIE", *OFICIO, "--as", ADMIN.key)
    assert "ya es titular" in tried(*post, "--to", SAC_R03.key, *OFICIO, "--as", ADMIN.key)
    assert "Indique el oficio" in tried(*post, "--to", SAC_R01.key, "--oficio", " ", "--as", ADMIN.key)
