"""Settings: one frozen class, one prefix, one file; the only reader of the environment."""

import difflib
import json
import os
import re
import secrets
import ssl
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from actions.desk import Office

PREFIX = "OFICIALIA_"
FILE_NAME = "oficialia.toml"

Security = Literal["tls", "starttls", "plain"]

SECRETS = frozenset({"imap_password", "smtp_password", "telegram_token", "secret"})
"""What is never shown on a screen, not even as the usual answer."""


class BadSettings(Exception):
    """Settings that make no sense; it carries every problem at once, in Spanish."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Everything that an office decides, from its settings file; the environment overrides the file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    data_dir: Path = Field(default=Path("oficialia-datos"), description="Carpeta de datos")
    database_url: str = Field(
        default="",
        repr=False,
        description="Base de datos. Vacío: SQLite en la carpeta de datos; o postgresql://usuario:clave@servidor/base",
    )
    office_name: str = Field(
        default="Oficialía IMSS-BIENESTAR", description="Nombre con que firma la oficina"
    )
    address: str = Field(
        default="oficialia@example.org",
        pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$",
        description="Correo de la oficina",
    )
    timezone: str = Field(default="America/Mexico_City", description="Zona horaria de la oficina")

    imap_host: str = Field(default="localhost", description="Servidor del buzón (IMAP)")
    imap_port: int = Field(default=993, ge=1, le=65535, description="Puerto del buzón (IMAP)")
    imap_security: Security = Field(
        default="tls", description="Cifrado del buzón: tls, starttls o plain (sin cifrar)"
    )
    imap_user: str = Field(default="", description="Usuario del buzón. Vacío: el correo de la oficina")
    imap_password: SecretStr = Field(default=SecretStr(""), description="Contraseña del buzón")
    smtp_host: str = Field(default="localhost", description="Servidor del correo de salida (SMTP)")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Puerto del correo de salida (SMTP)")
    smtp_security: Security = Field(
        default="starttls", description="Cifrado del correo de salida: tls, starttls o plain (sin cifrar)"
    )
    smtp_user: str = Field(
        default="", description="Usuario del correo de salida. Vacío: entra sin contraseña"
    )
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Contraseña del correo de salida")
    ca_file: str = Field(
        default="",
        description="Ruta completa de un archivo PEM con los certificados que valen. Vacío: los del sistema",
    )

    authserv_id: str = Field(
        default="",
        description="Nombre con que el servidor firma Authentication-Results (- si no pone nombre). Vacío: no se le pide veredicto",
    )
    authentication: Literal["required", "optional", "off"] = Field(
        default="optional",
        description="Autenticación de los correos: required (sin ella, cuarentena), optional (sólo si falla) u off",
    )
    provider_protection: Literal["zip", "xlsx", "none"] = Field(
        default="zip",
        description="Protección del archivo para el Prestador: zip (AES), xlsx (con contraseña, si el layout es Excel) o none",
    )
    provider_password_to: str = Field(
        default="",
        pattern=r"^([^@\s<>,;]+@[^@\s<>,;]+)?$",
        description="Correo al que va la contraseña de ese archivo, distinto del que lo recibe. Vacío: se consulta con «lists password»",
    )
    letter_limit_mb: int = Field(
        default=20,
        ge=1,
        description="Tamaño máximo de un correo en megabytes; lo que no cabe sale en varios, numerados",
    )
    copies_to_jspm: bool = Field(
        default=True, description="Copia de la circular de entrega a cada JSPM: true o false"
    )
    poll_seconds: float = Field(
        default=60, gt=0, description="Cada cuántos segundos se revisa el buzón aunque no avise"
    )
    tick_seconds: float = Field(default=15, gt=0, description="Cada cuántos segundos se mira la agenda")
    workers: int = Field(default=2, ge=1, le=64, description="Procesos que leen libros y correos a la vez")
    smtp_connections: int = Field(default=4, ge=1, le=50, description="Conexiones de salida a la vez")
    telegram_token: SecretStr = Field(
        default=SecretStr(""), description="Token de la cuenta de Telegram (de @BotFather). Vacío: sin chat"
    )
    telegram_api: str = Field(
        default="https://api.telegram.org",
        pattern=r"^https?://[^\s/]+",
        description="Servidor del Bot API de Telegram",
    )
    secret: SecretStr = Field(
        default=SecretStr(""),
        description="Llave de las marcas de los libros y de los códigos. No la cambie: los ya enviados dejarían de valer",
    )

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            message = f"no existe la zona horaria «{value}»; una que existe es America/Mexico_City"
            raise ValueError(message) from error
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_one_of_ours(cls, value: str) -> str:
        if re.fullmatch(r"(postgresql(\+psycopg)?://\S+)?", value) is None:
            message = "debe quedar vacío (SQLite) o ser como postgresql://usuario:clave@servidor/base"
            raise ValueError(message)
        return value

    @field_validator("ca_file")
    @classmethod
    def _certificates_can_be_read(cls, value: str) -> str:
        if value:
            try:
                ssl.create_default_context(cafile=value)
            except (OSError, ssl.SSLError) as error:
                message = f"«{value}» no es un archivo PEM que pueda leerse"
                raise ValueError(message) from error
        return value

    @field_validator("secret")
    @classmethod
    def _secret_is_a_key(cls, value: SecretStr) -> SecretStr:
        if re.fullmatch(r"([0-9a-fA-F]{2}){16,}|", value.get_secret_value()) is None:
            message = "debe tener al menos 32 cifras hexadecimales, como las escribe «oficialia init»"
            raise ValueError(message)
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
        del settings_cls, dotenv_settings, file_secret_settings
        return init_settings, env_settings

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
            copies_to_jspm=self.copies_to_jspm,
            provider_protection=self.provider_protection,
            letter_limit_mb=self.letter_limit_mb,
            provider_password_to=self.provider_password_to.strip().lower(),
        )


def settings_path(data_dir: Path) -> Path:
    """Return where the settings of a data folder live."""
    return data_dir / FILE_NAME


def read_settings(data_dir: Path) -> Settings:
    """Read the settings of a data folder; the environment overrides the file.

    The folder becomes absolute: sandboxed workers, which stand elsewhere, are given paths in it.

    Raises:
        BadSettings: with every problem at once.
    """
    values = {
        name: value
        for name, value in _read_file(settings_path(data_dir)).items()
        if not os.environ.get(f"{PREFIX}{name.upper()}")
    }
    values["data_dir"] = data_dir.absolute()
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise BadSettings(_in_words(error)) from error
    if not settings.secret.get_secret_value():
        raise BadSettings([f"secret: falta; la escribe «oficialia init --data {data_dir}»"])
    return settings


def problems_of(values: Mapping[str, object]) -> list[str]:
    """Return what is wrong with some answers, before they are written anywhere; in Spanish."""
    try:
        # The environment must not speak for the answers, nor against them.
        Settings.model_validate(dict(values))
    except ValidationError as error:
        return _in_words(error, only=frozenset(values))
    return []


def write_settings(data_dir: Path, values: Mapping[str, str | int | float]) -> Path:
    """Write a settings file, readable by its owner only, or change some answers of one that is there.

    A new file shows every setting with what it means; those that nobody gave stay as comments.
    A missing secret is made, and one that is there is kept.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = settings_path(data_dir)
    text = path.read_text(encoding="utf-8") if path.exists() else _blank_file()
    given = {"secret": secrets.token_hex(32)} if "secret" not in _read_file(path) else {}
    for name, value in (given | dict(values)).items():
        line = f"{name} = {_as_toml(value)}"
        text, found = re.subn(rf"(?m)^(?:# )?{name} *=.*$", line.replace("\\", r"\\"), text, count=1)
        if not found:
            text = f"{text.rstrip()}\n{line}\n"
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.chmod(0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(path)
    return path


def _read_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings([f"{path}: no puede leerse como TOML ({error})"]) from error


def _blank_file() -> str:
    lines = ["# Ajustes de Oficialía. Guarde este archivo como se guarda una llave.", ""]
    for name, field in Settings.model_fields.items():
        if name == "data_dir":
            continue
        usual = field.get_default()
        shown = usual.get_secret_value() if isinstance(usual, SecretStr) else usual
        lines += [f"# {field.description}.", f"# {name} = {_as_toml(shown)}", ""]
    return "\n".join(lines)


def _as_toml(value: str | float) -> str:
    # A JSON string is a TOML string; DEL alone is allowed in one and not in the other. Truth is written alike.
    if isinstance(value, bool):
        return json.dumps(value)
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)


_PROBLEMS = {
    "int_parsing": "debe ser un número entero, no «{input}»",
    "int_type": "debe ser un número entero, no «{input}»",
    "int_from_float": "debe ser un número entero, no «{input}»",
    "float_parsing": "debe ser un número, no «{input}»",
    "float_type": "debe ser un número, no «{input}»",
    "finite_number": "debe ser un número, no «{input}»",
    "greater_than": "debe ser mayor que {gt}, no «{input}»",
    "greater_than_equal": "debe ser {ge} o más, no «{input}»",
    "less_than_equal": "debe ser {le} o menos, no «{input}»",
    "bool_parsing": "debe ser true o false, no «{input}»",
    "bool_type": "debe ser true o false, no «{input}»",
    "literal_error": "debe ser {expected}, no «{input}»",
    "string_type": "debe ser un texto entre comillas, no «{input}»",
    "string_pattern_mismatch": "debe ser una dirección como oficialia@example.org, no «{input}»",
    "value_error": "{error}",
}


def _in_words(error: ValidationError, only: frozenset[str] | None = None) -> list[str]:
    """Put what pydantic found into Spanish, one sentence a setting."""
    found = []
    for item in error.errors():
        name = ".".join(map(str, item["loc"]))
        if only is not None and name not in only:
            continue
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, Settings.model_fields, n=1)
            found.append(f"{name}: no es un ajuste{f'; ¿quiso decir «{near[0]}»?' if near else ''}")
            continue
        facts = {key: str(value).replace("' or '", "' o '") for key, value in item.get("ctx", {}).items()}
        shown = "***" if name in SECRETS else item["input"]
        words = _PROBLEMS.get(item["type"], item["msg"]).format_map({**facts, "input": shown})
        found.append(f"{name}: {words}".replace("'", ""))
    return found
