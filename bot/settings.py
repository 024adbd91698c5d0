"""Every setting, read once from the environment or `.env`, frozen. `KITH_` stands in front of each name."""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What this install is told from outside; docs and `.env` name each as KITH_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="KITH_", env_file=".env", frozen=True, extra="ignore")

    bot_token: SecretStr | None = Field(None, description="The BotFather token; without it the sandbox runs")
    data: Path = Field(Path("data"), description="Folder of the database, the keys and the seals")
    database_url: str = Field("", description="sqlite:///… or postgresql://…; default SQLite in the data folder")
    keys: SecretStr | None = Field(None, description="Encryption keys; absent: a key file is made in the data folder")
    log: Literal["pretty", "json"] = Field("pretty", description="How log lines look")
    api_url: str = Field("https://api.telegram.org", description="Where the Bot API answers")
    webhook_url: HttpUrl | None = Field(None, description="Public https address for updates; absent: long polling")
    webhook_secret: SecretStr | None = Field(None, description="Secret that Telegram sends with each update")
    webhook_port: int = Field(8080, ge=1, le=65535, description="Loopback port that the webhook listens on")
    web_port: int | None = Field(None, ge=1, le=65535, description="Loopback port of metrics and health; absent: none")
    tallies_web: bool = Field(default=False, description="Let evaluators with a token pull /tallies from the web port")
    sandbox_port: int = Field(8081, ge=1, le=65535, description="Loopback port of the sandbox")
    sandbox_crowd: int = Field(
        200, ge=0, le=2000, description="Silent neighbours of the sandbox, who answer by themselves"
    )
    at_once: int = Field(64, ge=1, le=1000, description="How many people's updates are worked on side by side")
    flood_burst: int = Field(30, ge=5, description="Updates one person may send at once before being slowed down")
    paid_broadcasts: int = Field(
        0, ge=0, le=1000, description="Letters a second that Telegram is paid for (Stars); 0: the free pace of 28"
    )
    flood_rate: float = Field(2.0, gt=0, description="Updates a second that one person may go on sending")

    translator_url: HttpUrl | None = Field(None, description="A LibreTranslate-shaped server for drafts; absent: none")
    translator_key: SecretStr | None = Field(None, description="Its key, where it wants one")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            msg = "must start with sqlite:/// or postgresql://"
            raise ValueError(msg)
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @model_validator(mode="after")
    def _secret_with_webhook(self) -> "Settings":
        if self.webhook_url and not self.webhook_secret:
            msg = (
                "KITH_WEBHOOK_SECRET must be set together with KITH_WEBHOOK_URL: without it anybody could send updates"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _port_with_tallies(self) -> "Settings":
        if self.tallies_web and self.web_port is None:
            msg = "KITH_WEB_PORT must be set together with KITH_TALLIES_WEB: it is where /tallies answers"
            raise ValueError(msg)
        return self

    @property
    def database(self) -> str:
        """The database's address, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data / 'kith.db'}"


def read_settings() -> Settings:
    """Read the settings; a wrong one is named in one line and ends the program with exit code 2."""
    try:
        return Settings()
    except ValidationError as wrong:
        print(wrong_setting(wrong), file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def wrong_setting(wrong: ValidationError) -> str:
    """The first wrong setting in one line: its name, and what it must be."""
    first = wrong.errors()[0]
    name = "KITH_" + str(first["loc"][0]).upper() + ": " if first["loc"] else ""
    return f"{name}{first['msg'].removeprefix('Value error, ')}"
