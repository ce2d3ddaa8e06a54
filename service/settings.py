"""Settings: one frozen class, one prefix, one file; the only reader of the environment."""

import os
import secrets
import tomllib
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from actions.desk import Office

PREFIX = "OFICIALIA_"
FILE_NAME = "oficialia.toml"

Security = Literal["tls", "starttls", "plain"]


class BadSettings(Exception):
    """Settings that make no sense; it carries every problem at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Everything that an office decides, from its settings file; the environment overrides the file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(default=Path("oficialia-datos"), description="Carpeta de datos")
    database_url: str = Field(
        default="", description="Vacío: SQLite en la carpeta de datos; o postgresql://…"
    )
    office_name: str = Field(
        default="Oficialía IMSS-BIENESTAR", description="Nombre con que firma la oficina"
    )
    address: str = Field(default="oficialia@example.org", description="Buzón de la oficina")
    timezone: str = Field(default="America/Mexico_City", description="Zona horaria de la oficina")

    imap_host: str = Field(default="localhost", description="Servidor IMAP")
    imap_port: int = Field(default=993, ge=1, le=65535, description="Puerto IMAP")
    imap_security: Security = Field(default="tls", description="tls, starttls o plain")
    imap_user: str = Field(default="", description="Usuario IMAP; vacío: el buzón")
    imap_password: SecretStr = Field(default=SecretStr(""), description="Contraseña IMAP")
    smtp_host: str = Field(default="localhost", description="Servidor SMTP")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Puerto SMTP")
    smtp_security: Security = Field(default="starttls", description="tls, starttls o plain")
    smtp_user: str = Field(default="", description="Usuario SMTP; vacío: sin autenticación")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Contraseña SMTP")
    ca_file: str = Field(default="", description="Certificados propios (PEM); vacío: los del sistema")

    authserv_id: str = Field(
        default="", description="authserv-id del servidor que recibe; vacío: sin veredicto"
    )
    authentication: Literal["required", "optional", "off"] = Field(
        default="optional", description="Qué vale un correo sin autenticación: required, optional u off"
    )
    poll_seconds: float = Field(
        default=60, gt=0, description="Cada cuánto se revisa el buzón aunque no avise"
    )
    tick_seconds: float = Field(default=15, gt=0, description="Cada cuánto se mira la agenda")
    workers: int = Field(default=2, ge=1, le=64, description="Procesos que leen libros y correos")
    smtp_connections: int = Field(default=4, ge=1, le=50, description="Conexiones SMTP a la vez")
    secret: SecretStr = Field(default=SecretStr(""), description="Llave de marcas y códigos; la escribe init")

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            message = f"no existe la zona horaria {value!r}"
            raise ValueError(message) from error
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: what is passed, then the environment; the file is passed by ``read_settings``."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def office(self) -> Office:
        """The facts of the office that actions need."""
        return Office(
            name=self.office_name,
            address=self.address,
            zone=ZoneInfo(self.timezone),
            secret=self.secret.get_secret_value(),
            authserv_id=self.authserv_id,
            authentication=self.authentication,
        )


def settings_path(data_dir: Path) -> Path:
    """Return where the settings of a data folder live."""
    return data_dir / FILE_NAME


def default_data_dir() -> Path:
    """Return the data folder that the environment names, or the default one."""
    return Path(os.environ.get(f"{PREFIX}DATA_DIR", "oficialia-datos"))


def read_settings(data_dir: Path) -> Settings:
    """Read the settings of a data folder; the environment overrides the file.

    Raises:
        BadSettings: with every problem at once.
    """
    path = settings_path(data_dir)
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BadSettings([f"{path}: {error}"]) from error
    values = {name: value for name, value in values.items() if f"{PREFIX}{name.upper()}" not in os.environ}
    values["data_dir"] = data_dir
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise BadSettings(problems) from error
    if not settings.secret.get_secret_value():
        raise BadSettings([f"falta la llave «secret»; escríbala con «oficialia init --data {data_dir}»"])
    return settings


def write_settings(data_dir: Path, values: dict[str, str | int | float]) -> Path:
    """Write the settings file of a data folder, readable by its owner only; a missing secret is made."""
    data_dir.mkdir(parents=True, exist_ok=True)
    complete = {"secret": secrets.token_hex(32)} | values
    lines = ["# Ajustes de Oficialía. Guarde este archivo como se guarda una llave.", ""]
    for name, value in complete.items():
        written = (
            str(value)
            if isinstance(value, int | float)
            else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        )
        lines.append(f"{name} = {written}")
    path = settings_path(data_dir)
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
