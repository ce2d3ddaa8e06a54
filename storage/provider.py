"""The Prestador de Servicios (PS): contract, offices, and who may send it files (5.2.3)."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel


class ContractRow(SQLModel, table=True):
    """The contract in force with the PS."""

    __tablename__ = "contract"

    number: str = Field(primary_key=True, max_length=64)
    provider: str = Field(max_length=160)
    rfc: str = Field(default="", max_length=13)
    layout: str = Field(default="generico", max_length=64, description="name of the layout definition")
    from_on: date | None = None
    to_on: date | None = None
    commission: str = Field(default="", max_length=200)


class ProviderOfficeRow(SQLModel, table=True):
    """An office of the PS where the apoyo is handed over (DIR)."""

    __tablename__ = "provider_office"

    clave: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=160)
    locality: str = Field(default="", max_length=9)
    address: str = Field(default="", max_length=240)
    hours: str = Field(default="", max_length=160)
    phone: str = Field(default="", max_length=40)
    latitude: float | None = None
    longitude: float | None = None
    from_on: date | None = None
    to_on: date | None = None


class ReleaserRow(SQLModel, table=True):
    """A person whom UPIB announced to the PS as allowed to send it files (AUTPS, 5.2.3)."""

    __tablename__ = "releaser"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    email: str = Field(max_length=254)
    from_on: date | None = None
    to_on: date | None = None
    notice: str = Field(default="", max_length=120, description="oficio or mail of the notice (M-41)")
    acknowledged_at: datetime | None = Field(default=None, description="when the PS said that it knows")


class RequisiteRow(SQLModel, table=True):
    """What a volunteer must bring to collect; text of the PS's contract (AMB-51)."""

    __tablename__ = "requisite"

    id: int | None = Field(default=None, primary_key=True)
    position: int
    text: str = Field(max_length=240)
