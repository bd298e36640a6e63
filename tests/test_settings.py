"""That a wrong environment is explained whole, that secrets stay in, and that the documentation lists what there is."""

import re
from base64 import urlsafe_b64encode
from datetime import time
from pathlib import Path

import pytest
from pydantic import SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bff.settings import DEVELOPMENT_ID_KEY, DEVELOPMENT_SITE_KEY, Env, LogFormat, LogLevel, Settings, SettingsError

DOCUMENT = Path(__file__).parents[1] / "docs/configuration.md"

DEVELOPMENT = {
    "BFF_MOBILE_URL": "http://127.0.0.1:8001",
    "BFF_MOBILE_KEY": "hush-mobile",
    "BFF_FIXED_URL": "http://127.0.0.1:8002/",
    "BFF_FIXED_USERNAME": "bff",
    "BFF_FIXED_PASSWORD": "hush-fixed",
    "BFF_DIRECTORY_URL": "http://127.0.0.1:8003",
    "BFF_DIRECTORY_KEY": "hush-directory",
    "BFF_OIDC_ISSUER": "http://127.0.0.1:8004/",
    "BFF_IDENTITY_KEY": "hush-identity",
}
KEY = urlsafe_b64encode(bytes(range(64))).rstrip(b"=").decode()
SITE_KEY = urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
SITES = ("EU_CONTROL", "TUCONTI", "EVOLUZIONE_UFFICIO", "EBILL", "EBPFA", "CHAT")
PRODUCTION = {
    **{name: value.replace("http://", "https://") for name, value in DEVELOPMENT.items()},
    "BFF_ENV": "production",
    "BFF_PUBLIC_URL": "https://api.business.example/",
    "BFF_REDIS_URL": "rediss://:hush-redis@cache.example:6379/0",
    "BFF_STATE_REDIS_URL": "rediss://:hush-redis@state.example:6379/0",
    "BFF_ID_KEYS": KEY,
    "BFF_SITE_KEYS": SITE_KEY,
    "BFF_MAIL_URL": "smtps://mail.example",
    "BFF_PAYMENT_URL": "https://payments.example",
    "BFF_PAYMENT_KEY": "hush-payment",
    **{f"BFF_{site}_URL": f"https://{site.lower()}.example/sso" for site in SITES},
}


def mistakes(environ: dict[str, str]) -> list[str]:
    """Give the variables that are complained about, in order."""
    with pytest.raises(SettingsError) as refused:
        Settings.read(environ)
    return [line.strip().split(":")[0] for line in str(refused.value).splitlines()[1:]]


def test_development_needs_only_the_backends() -> None:
    settings = Settings.read(DEVELOPMENT)
    assert settings.env is Env.DEVELOPMENT
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.fixed_url == "http://127.0.0.1:8002", "a slash at the end of a base address does not matter"
    assert settings.oidc_issuer == "http://127.0.0.1:8004/", "in an issuer it does"
    assert (settings.redis_url, settings.state_redis_url) == (None, None)
    assert [key.get_secret_value() for key in settings.id_keys] == [DEVELOPMENT_ID_KEY]
    assert (settings.graphiql, settings.introspection) == (True, True)
    assert (settings.log_level, settings.log_format) == (LogLevel.INFO, LogFormat.JSON)
    assert (settings.request_deadline_s, settings.backend_timeout_s, settings.connect_timeout_s) == (5, 1.9, 0.3)
    assert settings.fixed_closed == (time(23, 30), time(5, 30))


def test_production_is_strict_by_default() -> None:
    settings = Settings.read(PRODUCTION)
    assert (settings.graphiql, settings.introspection) == (False, False)
    assert [key.get_secret_value() for key in settings.id_keys] == [bytes(range(64))]


def test_what_is_given_is_taken() -> None:
    settings = Settings.read(
        {
            **DEVELOPMENT,
            "BFF_PORT": "9000",
            "BFF_CORS_ORIGINS": "http://localhost:3000, http://localhost:5173",
            "BFF_MEDIA_HOSTS": "Media.example, films.example",
            "BFF_GRAPHIQL": "false",
            "BFF_ID_KEYS": f"{KEY},{urlsafe_b64encode(bytes(range(64, 128))).decode()}",
            "BFF_CLOCK_FILE": "clock",
            "BFF_REDIS_URL": "redis://127.0.0.1:6379",
        }
    )
    assert (settings.port, settings.public_url) == (9000, "http://127.0.0.1:9000")
    assert settings.cors_origins == ("http://localhost:3000", "http://localhost:5173")
    assert settings.media_hosts == ("media.example", "films.example")
    assert not settings.graphiql
    assert [key.get_secret_value() for key in settings.id_keys] == [bytes(range(64)), bytes(range(64, 128))]
    assert settings.clock_file == Path("clock")
    assert isinstance(settings.redis_url, SecretStr)


def test_an_empty_variable_is_an_absent_one() -> None:
    assert Settings.read({**DEVELOPMENT, "BFF_REDIS_URL": "", "BFF_PORT": ""}).port == 8000
    assert mistakes({**DEVELOPMENT, "BFF_MOBILE_KEY": ""}) == ["BFF_MOBILE_KEY"]


def test_variables_of_others_are_none_of_ours() -> None:
    assert Settings.read({**DEVELOPMENT, "PORT": "1", "mobile_key": "x", "PATH": "/bin"}).port == 8000


def test_all_mistakes_are_listed_at_once() -> None:
    wrong = {**DEVELOPMENT, "BFF_PORT": "many", "BFF_GRAPHIQL": "perhaps", "BFF_PRT": "1", "BFF_ID_KEYS": "AAAA"}
    del wrong["BFF_OIDC_ISSUER"]
    assert mistakes(wrong) == ["BFF_PRT", "BFF_PORT", "BFF_OIDC_ISSUER", "BFF_ID_KEYS", "BFF_GRAPHIQL"]


def test_a_mistake_says_what_is_wrong_and_what_would_be_right() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.read({**DEVELOPMENT, "BFF_PORT": "70000"})
    assert str(refused.value) == (
        "The settings can't be used:\n"
        "  BFF_PORT: should be less than or equal to 65535; "
        "give the TCP port to listen on, 1 to 65535, for example 8000"
    )


def test_a_typing_error_in_a_name_gets_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match=r"BFF_REDIS_URI: is not a setting; did you mean BFF_REDIS_URL\?"):
        Settings.read({**DEVELOPMENT, "BFF_REDIS_URI": "redis://x"})
    with pytest.raises(SettingsError, match=r"BFF_ZZZZZZ: is not a setting; remove it\."):
        Settings.read({**DEVELOPMENT, "BFF_ZZZZZZ": "x"})


def test_a_wrong_environment_is_one_mistake_and_hides_no_other() -> None:
    assert mistakes({**DEVELOPMENT, "BFF_ENV": "prod", "BFF_PORT": "x"}) == ["BFF_ENV", "BFF_PORT"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BFF_MOBILE_URL", "http://mobile.example"),
        ("BFF_FIXED_URL", "http://fixed.example"),
        ("BFF_DIRECTORY_URL", "http://directory.example"),
        ("BFF_OIDC_ISSUER", "http://id.example"),
        ("BFF_PUBLIC_URL", "http://api.business.example"),
        ("BFF_PUBLIC_URL", ""),
        ("BFF_PAYMENT_KEY", ""),
        ("BFF_AREA_URL", "http://business.example"),
        ("BFF_CORS_ORIGINS", "http://localhost:3000"),
        ("BFF_REDIS_URL", ""),
        ("BFF_STATE_REDIS_URL", ""),
        ("BFF_ID_KEYS", ""),
        ("BFF_ID_KEYS", f"{KEY},{KEY}"),
        ("BFF_ID_KEYS", urlsafe_b64encode(bytes(64)).decode()),
        ("BFF_SITE_KEYS", ""),
        ("BFF_SITE_KEYS", urlsafe_b64encode(DEVELOPMENT_SITE_KEY).decode()),
        *((f"BFF_{site}_URL", "") for site in SITES),
        ("BFF_REDIS_URL", "redis://cache.example:6379/0"),
        ("BFF_REDIS_URL", "redis+cluster://cache.example:6379"),
        ("BFF_STATE_REDIS_URL", "redis+sentinel://state.example/service"),
        ("BFF_ID_KEYS", urlsafe_b64encode(DEVELOPMENT_ID_KEY).decode()),
        ("BFF_ID_KEYS", f"{KEY},{urlsafe_b64encode(DEVELOPMENT_ID_KEY).decode()}"),
        ("BFF_CLOCK_FILE", "clock"),
        ("BFF_SANDBOX_PERSONAS_URL", "https://sandbox.example/personas"),
    ],
)
def test_production_refuses_what_is_for_development(name: str, value: str) -> None:
    assert mistakes({**PRODUCTION, name: value}) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BFF_MOBILE_URL", "ftp://mobile.example"),
        ("BFF_MOBILE_URL", "mobile.example"),
        ("BFF_MOBILE_URL", "http://"),
        ("BFF_MOBILE_URL", "http://[::1"),
        ("BFF_MOBILE_URL", "http://user:hush-url@mobile.example"),
        ("BFF_MOBILE_URL", "http://mobile.example?key=hush-url"),
        ("BFF_OIDC_ISSUER", "http://id.example#top"),
        ("BFF_REDIS_URL", "http://cache.example"),
        ("BFF_AREA_URL", "business.example"),
        ("BFF_MEDIA_HOSTS", "https://media.example"),
        ("BFF_MEDIA_HOSTS", "media.example:8443"),
        ("BFF_TRUSTED_PROXIES", "proxy.example"),
        ("BFF_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("BFF_TRUSTED_PROXIES", "*"),
        ("BFF_MEDIA_HOSTS", "media.example, [::1"),
        ("BFF_CORS_ORIGINS", "*"),
        ("BFF_CORS_ORIGINS", "http://localhost:3000/"),
        ("BFF_CORS_ORIGINS", "http://localhost:3000,null"),
        ("BFF_ID_KEYS", "not base64!"),
        ("BFF_ID_KEYS", KEY[:-4]),
        ("BFF_ID_KEYS", f"{KEY},{KEY},{KEY}"),
        ("BFF_ID_KEYS", ","),
        ("BFF_SITE_KEYS", KEY),
        ("BFF_SITE_KEYS", f"{SITE_KEY},{SITE_KEY}"),
        ("BFF_SITE_KEYS", urlsafe_b64encode(b"\xff" * 16 + bytes(range(16))).decode()),
        ("BFF_EBILL_URL", "https://ebill.example?token=hush-url"),
        ("BFF_WORKERS", "0"),
        ("BFF_REQUEST_DEADLINE_S", "0"),
        ("BFF_REQUEST_DEADLINE_S", "nan"),
        ("BFF_BACKEND_TIMEOUT_S", "6"),
        ("BFF_CONNECT_TIMEOUT_S", "3"),
        ("BFF_CONNECT_TIMEOUT_S", "0"),
        ("BFF_REDIS_TIMEOUT_S", "50"),
        ("BFF_ANSWER_MAX_BYTES", "10 MB"),
        ("BFF_CA_FILE", "nowhere/ca.pem"),
        ("BFF_CA_FILE", "pyproject.toml"),
        ("BFF_FLEET_WORKERS", "0"),
        ("BFF_FIXED_CALLS_MAX", "0"),
        ("BFF_FIXED_CLOSED", "23:30"),
        ("BFF_FIXED_CLOSED", "23:30-24:30"),
        ("BFF_FIXED_CLOSED", "23:30-23:30"),
        ("BFF_FIXED_CLOSED", "at night"),
        ("BFF_REDIS_URL", "redis+cluster://"),
        ("BFF_STATE_REDIS_URL", "redis+sentinel://one.example"),
        ("BFF_LOG_LEVEL", "verbose"),
        ("BFF_LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_can_not_be_right_is_refused(name: str, value: str) -> None:
    assert mistakes({**DEVELOPMENT, name: value}) == [name]


def test_every_worker_of_the_fleet_has_a_call_of_each_system() -> None:
    assert Settings.read({**DEVELOPMENT, "BFF_WORKERS": "4"}).fleet_workers == 4
    assert Settings.read({**DEVELOPMENT, "BFF_FLEET_WORKERS": "16"}).fleet_workers == 16
    assert mistakes({**DEVELOPMENT, "BFF_WORKERS": "4", "BFF_FLEET_WORKERS": "3"}) == ["BFF_FLEET_WORKERS"]
    assert mistakes({**DEVELOPMENT, "BFF_FLEET_WORKERS": "17"}) == ["BFF_FIXED_CALLS_MAX"]


def test_authorities_of_our_own_are_a_file_of_certificates(certificate: Path) -> None:
    assert Settings.read({**PRODUCTION, "BFF_CA_FILE": str(certificate)}).ca_file == certificate


def test_the_fixed_network_may_never_be_closed() -> None:
    assert Settings.read({**DEVELOPMENT, "BFF_FIXED_CLOSED": "never"}).fixed_closed is None
    assert Settings.read({**DEVELOPMENT, "BFF_FIXED_CLOSED": "01:00-02:15"}).fixed_closed == (time(1), time(2, 15))


def test_no_value_is_ever_shown_in_an_error() -> None:
    wrong = {name: f"hush-{name.lower()}" for name in Settings.variables()} | {"BFF_SECRT": "hush-typo"}
    with pytest.raises(SettingsError) as refused:
        Settings.read(wrong)
    assert "hush" not in str(refused.value)
    assert refused.value.__context__ is None, "the library's own error must not be printed with it"


def test_no_secret_is_shown_by_the_settings() -> None:
    settings = Settings.read({**PRODUCTION, "BFF_ID_KEYS": KEY})
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hush" not in shown
        assert KEY not in shown


def test_settings_can_not_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.read(DEVELOPMENT).port = 1


# --- the documentation ------------------------------------------------------------------------------------------------

BY_ENV = "`true` in development, `false` in production"
BY_OTHERS = {
    str(int): "`BFF_WORKERS`",
    str(str): "`http://`, `BFF_HOST` and `BFF_PORT`; refused in production",
}


def test_the_documentation_lists_exactly_the_settings() -> None:
    rows = re.findall(r"^\| `BFF_.*$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [row(name, field) for name, field in Settings.model_fields.items()]


def row(name: str, field: FieldInfo) -> str:
    """Write a setting as its row of the table must be."""
    variable = f"BFF_{name.upper()}"
    meaning = str(field.description)
    return f"| `{variable}` | {meaning[0].upper()}{meaning[1:]}. | {unit(name)} | {default(field)} | {example(field)} |"


def unit(name: str) -> str:
    return "seconds" if name.endswith("_s") else "bytes" if name.endswith("_bytes") else "-"


def default(field: FieldInfo) -> str:
    value = field.default
    if field.default_factory:
        return BY_ENV if field.annotation is bool else BY_OTHERS[str(field.annotation)]
    if isinstance(value, tuple) and value and isinstance(value[0], SecretBytes):
        return "a key that everyone knows, refused in production"
    if value is PydanticUndefined:
        return "**required**"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "none" if value in {None, ()} else f"`{getattr(value, 'value', value)}`"


def example(field: FieldInfo) -> str:
    return f"`{(field.examples or [''])[0]}`"
