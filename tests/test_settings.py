"""Settings refuse what would be insecure, and say which variable to set."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from crm.retention import Retention
from settings import Settings, read_settings

LONG = "x" * 32
DEMO: dict[str, Any] = {"demo_mode": True}
ISSUER: dict[str, Any] = {"oidc_issuer": "https://issuer.example", "oidc_audience": "crm"}


def settings(**values: Any) -> Settings:
    return Settings(**{"database_url": "postgresql://crm@localhost/crm", **values})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_demo_mode_starts_on_a_loopback_address(host: str) -> None:
    assert settings(**DEMO, api_host=host).demo_mode


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "", "crm.example.com", "localhost.example.com"])
def test_demo_mode_refuses_to_start_anywhere_else(host: str) -> None:
    with pytest.raises(ValidationError, match="API_HOST must be a loopback address"):
        settings(**DEMO, api_host=host)


@pytest.mark.parametrize("given", [{"public_url": "https://crm.example.com"}, {"allowed_hosts": ("crm",)}], ids=str)
def test_demo_mode_answers_under_loopback_names_only(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="loopback names only"):
        settings(**DEMO, **given)
    assert settings(**DEMO, public_url="http://localhost:9000").hosts == {"localhost", "127.0.0.1", "::1"}
    assert "127.8.8.8" in settings(**DEMO, api_host="127.8.8.8").hosts


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_whoever_listens_everywhere_says_under_which_name(host: str) -> None:
    with pytest.raises(ValidationError, match="PUBLIC_URL"):
        settings(**ISSUER, api_host=host)
    assert settings(**ISSUER, api_host=host, public_url="https://crm.example.com").hosts == {"crm.example.com"}


@pytest.mark.parametrize("given", ["crm.example.com", "https://", "http://[crm"])
def test_a_public_url_is_an_address(given: str) -> None:
    with pytest.raises(ValidationError):
        settings(**ISSUER, public_url=given)


def test_an_address_of_six_colons_stands_in_brackets() -> None:
    assert settings(**DEMO, api_host="::1").base_url == "http://[::1]:8000"


@pytest.mark.parametrize("given", [{}, {"oidc_issuer": "https://issuer.example"}, {"oidc_audience": "crm"}])
def test_without_demo_mode_there_must_be_an_issuer_and_an_audience(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="OIDC_ISSUER and OIDC_AUDIENCE"):
        settings(**given)


@pytest.mark.parametrize("given", ["2026-12-01", "1.4.0", "abc1234", ""])
def test_a_build_is_named_as_the_engine_takes_it(given: str) -> None:
    assert settings(**DEMO, worker_build_id=given).worker_build_id == given


@pytest.mark.parametrize("given", ["a build", "a:b", "-a", "x" * 65, "unversioned"])
def test_a_build_with_another_name_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="worker_build_id"):
        settings(**DEMO, worker_build_id=given)


def test_demo_mode_is_off_unless_it_is_asked_for() -> None:
    assert not settings(**ISSUER).demo_mode


def test_pages_outside_of_demo_mode_need_a_secret_for_their_cookies() -> None:
    with pytest.raises(ValidationError, match="SESSION_SECRET"):
        settings(**ISSUER, oidc_client_id="crm")
    assert settings(**ISSUER, oidc_client_id="crm", session_secret=LONG).oidc_client_id == "crm"


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (LONG, "not of the form ID:KEY"),
        (f"a:{'x' * 31}", "fewer than 32"),
        (f"a:{LONG} a:{LONG}", "two keys have the id"),
    ],
)
def test_keys_of_payloads_have_ids_and_are_long(keys: str, why: str) -> None:
    with pytest.raises(ValidationError, match=f"PAYLOAD_KEYS: .*{why}"):
        settings(**DEMO, payload_keys=keys)
    assert settings(**DEMO, payload_keys=f"a:{LONG} b:{LONG}").payload_keys


@pytest.mark.parametrize("name", ["demo_signing_key", "session_secret"])
@pytest.mark.parametrize("mode", [DEMO, ISSUER], ids=["demo", "issuer"])
def test_a_short_secret_is_refused(name: str, mode: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=name.upper()):
        settings(**mode, **{name: "x" * 31})
    assert getattr(settings(**mode, **{name: LONG}), name).get_secret_value() == LONG


@pytest.mark.parametrize("keys", ["x" * 31, f"{LONG} short"])
def test_every_key_of_signals_is_long(keys: str) -> None:
    with pytest.raises(ValidationError, match="SIGNAL_KEYS"):
        settings(**ISSUER, signal_keys=keys)
    assert settings(**ISSUER, signal_keys=f"{LONG} {LONG}").signal_keys


def test_signatures_cannot_be_required_without_a_key() -> None:
    with pytest.raises(ValidationError, match="SIGNAL_KEYS"):
        settings(**ISSUER, require_signed_signals=True)
    with pytest.raises(ValidationError, match="SIGNAL_KEYS"):
        settings(**ISSUER, require_signed_signals=True, signal_keys=" \n")
    assert settings(**ISSUER, require_signed_signals=True, signal_keys=LONG).require_signed_signals


def test_secrets_are_not_shown() -> None:
    shown = settings(**DEMO, demo_signing_key=LONG, session_secret=LONG, oidc_client_secret=LONG, signal_keys=LONG)
    assert LONG not in repr(shown)
    assert LONG not in str(shown)


def test_the_database_has_no_default() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        with pytest.raises(ValidationError, match="database_url"):
            Settings(**DEMO)


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_port": 70000},
        {"database_pool_size": 1},
        {"decision_wait_seconds": 0},
        {"rate_limit_per_minute": 0},
        {"read_limit_per_minute": 0},
        {"calls_at_once": 0},
        {"streams_at_once": 0},
        {"heavy_reads_at_once": 0},
        {"call_wait_seconds": 0},
        {"turn_seconds": -1},
        {"company_time_zone": "Asia/Nowhere"},
        {"business_days": (7,)},
        {"business_days": ()},
        {"business_hours": ("08:00-12:00", "11:00-17:00")},
        {"business_hours": ("from eight to five",)},
        {"holidays": ("2 September",)},
        {"holiday_country": "XX"},
        {"log_format": "xml"},
        {"session_idle_minutes": 0},
        {"session_hours": 0},
        {"reauthenticate_minutes": -1},
        {"api_metrics_address": "9464"},
        {"worker_metrics_address": "metrics:http"},
        {"allowed_hosts": ("https://crm.example.com",)},
        {"allowed_hosts": ("crm.example.com:8000",)},
        {"allowed_hosts": ("*",)},
        {"allowed_hosts": ("[fd00::7]",)},
        {"purchase_statuses": ({"code": "Bad Code", "vi": "x", "en": "x"},)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_value_that_makes_no_sense_is_refused_by_its_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        settings(**DEMO, **wrong)


def test_until_a_calendar_is_stored_holidays_are_those_of_vietnam_or_of_another_country_or_nobodys() -> None:
    tet, working_saturday, own, berlin = date(2027, 2, 8), date(2026, 8, 22), date(2026, 12, 24), date(2026, 10, 3)
    calendar = settings(**DEMO, holidays=("2026-12-24",)).business_calendar
    assert [calendar.hours_of(day) for day in (tet, own)] == [(), ()]
    assert calendar.hours_of(working_saturday) == calendar.ordinary_hours
    away = settings(**DEMO, holiday_country="DE", business_days=tuple(range(7))).business_calendar
    assert away.hours_of(tet)
    assert not away.hours_of(berlin)
    nobodys = settings(**DEMO, holiday_country="").business_calendar
    assert nobodys.hours_of(tet)
    assert not nobodys.hours_of(working_saturday)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://from-the-environment/crm")
    monkeypatch.setenv("DEMO_MODE", "true")
    monkeypatch.setenv("API_PORT", "8123")
    read = Settings()
    assert (read.database_url, read.api_port) == ("postgresql://from-the-environment/crm", 8123)
    assert read.base_url == "http://127.0.0.1:8123"


def test_a_part_of_what_is_kept_how_long_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(**DEMO).retention == Retention(commands=30, idempotency_keys=7, outbox=30)
    monkeypatch.setenv("RETENTION", '{"outbox": 90}')
    assert settings(**DEMO).retention == Retention(commands=30, idempotency_keys=7, outbox=90)


@pytest.mark.parametrize("given", ['{"timeline": 30}', '{"commands": 0}', '{"commands": -1}'])
def test_what_is_kept_for_good_cannot_be_given_a_time(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("RETENTION", given)
    with pytest.raises(ValidationError, match="retention"):
        settings(**DEMO)


def test_a_process_that_is_started_with_wrong_settings_says_which_and_no_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://crm:a-secret@localhost/crm")
    monkeypatch.setenv("API_PORT", "eighty")
    with pytest.raises(SystemExit) as ended:
        read_settings()
    said = str(ended.value)
    assert "API_PORT: " in said
    assert "a-secret" not in said
    assert "eighty" not in said
    monkeypatch.setenv("API_PORT", "8000")
    with pytest.raises(SystemExit, match="set OIDC_ISSUER and OIDC_AUDIENCE, or DEMO_MODE=true"):
        read_settings()


VAPID: dict[str, Any] = {"vapid_private_key": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"}


def test_nothing_is_pushed_unless_there_is_a_key_that_is_one_and_somebody_to_write_to() -> None:
    assert settings(**ISSUER).vapid_key is None
    assert settings(**ISSUER, vapid_subject="mailto:it@example.com").vapid_key is None
    with pytest.raises(ValidationError, match="VAPID_SUBJECT"):
        settings(**ISSUER, **VAPID)
    for key in ("AAAA", "no key at all", "A" * 43):
        with pytest.raises(ValidationError, match=r"VAPID_PRIVATE_KEY: .*python -m notices\.vapid"):
            settings(**ISSUER, vapid_private_key=key, vapid_subject="https://example.com/contact")
    for subject in ("mailto:it@example.com", "https://example.com/contact"):
        assert settings(**ISSUER, **VAPID, vapid_subject=subject).vapid_key is not None


@pytest.mark.parametrize(
    "subject", ["it@example.com", "mailto:", "http://example.com", "https://", "mailto:a b@example.com"]
)
def test_who_push_services_write_to_is_an_address(subject: str) -> None:
    with pytest.raises(ValidationError, match="vapid_subject"):
        settings(**ISSUER, **VAPID, vapid_subject=subject)


MAIL: dict[str, Any] = {"smtp_host": "mail.example.com", "mail_from": "Mua hàng <mua-hang@example.com>"}


def test_without_a_mail_server_nobody_is_mailed() -> None:
    assert settings(**DEMO).mail_server is None


def test_mail_goes_over_the_network_for_nobody_to_read() -> None:
    assert settings(**ISSUER, **MAIL).mail_server is not None
    with pytest.raises(ValidationError, match="SMTP_TLS=none"):
        settings(**ISSUER, **MAIL, smtp_tls="none")
    assert settings(**ISSUER, **MAIL, smtp_tls="none", smtp_without_tls=True).mail_server is not None
    assert settings(**ISSUER, **MAIL | {"smtp_host": "127.0.0.1"}, smtp_tls="none").mail_server is not None


@pytest.mark.parametrize("sender", ["", "nobody", "Mua hàng <>", "a@b\nBcc: c@d.example", "hà@example.com"])
def test_mail_comes_from_an_address(sender: str) -> None:
    with pytest.raises(ValidationError, match="MAIL_FROM"):
        settings(**ISSUER, **MAIL | {"mail_from": sender})


def test_what_may_be_decided_from_a_mail_has_an_amount_with_its_currency() -> None:
    rules = settings(**DEMO, mail_decisions_up_to="50000000 VND").mail_links
    assert (rules.on, rules.up_to, rules.currency) == (True, Decimal(50_000_000), "VND")
    assert settings(**DEMO).mail_links.up_to is None
    for wrong in ("50000000", "50 mio VND", "-1 VND"):
        with pytest.raises(ValidationError, match="mail_decisions_up_to"):
            settings(**DEMO, mail_decisions_up_to=wrong)
