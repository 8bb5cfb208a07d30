"""Access: who may come in, who may act, and that nobody acts in somebody else's name."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import httpx
import pytest

from passerelle.errors import ConfigError
from passerelle.web.serving import serve_web
from passerelle.web.settings import WebSettings

from .conftest import TOKENS, Past, Serve, client

PROJECT = Path(__file__).parents[2]


def log_in(http: httpx.Client, role: str) -> None:
    """Log in by the form, as a browser does."""
    answer = http.post("/login", data={"token": TOKENS[role]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def csrf_on(http: httpx.Client, path: str) -> str:
    """Read the hidden field of the form on a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', http.get(path).text)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("lived")
def test_without_tokens_everybody_reads_and_nobody_acts(serve: Serve) -> None:
    """The choice for a machine of one's own: no log-in, no form, no action."""
    with client(serve(), **{"accept-language": "en"}) as http:
        assert http.get("/").status_code == 200
        assert "<form" not in http.get("/plans/1").text
        refused = http.post("/plans/1/refuse", data={"reason": "because"})
        assert refused.status_code == 403
        assert "Without tokens this page only shows" in refused.text


@pytest.mark.usefixtures("lived")
def test_a_session_is_a_cookie_that_nobody_else_can_make(serve: Serve, people: dict[str, str]) -> None:
    """Strict, not for scripts, signed: changed or made up it is nobody's."""
    address = serve(**people)
    with client(address) as http:
        wrong = http.post("/login", data={"token": "nobody's token, but long"})
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
        answer = http.post("/login", data={"token": TOKENS["approve"]})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert http.get("/").status_code == 200
        value = http.cookies["passerelle_session"]
        assert TOKENS["approve"] not in value
    for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), f"x{value}", "a.b.c.d", ".", "ö"):
        sent = [(b"cookie", f"passerelle_session={forged}".encode())]
        assert httpx.get(f"{address}/", headers=sent, timeout=30).headers["location"] == "/login"
    with client(serve(https=True, **people)) as http:
        assert "Secure" in http.post("/login", data={"token": TOKENS["read"]}).headers["set-cookie"]


def test_a_form_of_another_page_does_nothing(lived: Past, serve: Serve, people: dict[str, str]) -> None:
    """Without our own hidden field, with one of another session, or from elsewhere: 403, nothing done."""
    address = serve(**people)
    with client(address) as other:
        log_in(other, "approve")
        foreign = csrf_on(other, "/plans/1")
    with client(address) as http:
        log_in(http, "approve")
        own = csrf_on(http, "/plans/1")
        refusals = [
            http.post("/plans/1/refuse", data={"reason": "because"}),
            http.post("/plans/1/refuse", data={"reason": "because", "csrf": foreign}),
            http.post(
                "/plans/1/refuse",
                data={"reason": "b", "csrf": own},
                headers={"origin": "https://evil.example"},
            ),
            http.post(
                "/plans/1/refuse",
                data={"reason": "because", "csrf": own},
                headers={"sec-fetch-site": "cross-site"},
            ),
            http.post("/login", data={"token": TOKENS["read"]}, headers={"sec-fetch-site": "cross-site"}),
        ]
        assert [answer.status_code for answer in refusals] == [403] * 5
        assert http.post("/plans/1/refuse", json={"reason": "because", "csrf": own}).status_code == 415
        long = http.post("/plans/1/refuse", data={"reason": "x" * 30_000, "csrf": own})
        assert long.status_code == 413
        plan = lived.ledger.decisions.get(1)
        assert plan is not None
        assert plan.state == "stored"


def test_who_may_approve_refuses_a_plan_with_a_reason(
    lived: Past, serve: Serve, people: dict[str, str]
) -> None:
    """Readers and operators may not; who may is kept with the reason; twice is told."""
    address = serve(**people)
    for role in ("read", "operate"):
        with client(address) as http:
            log_in(http, role)
            assert "textarea" not in http.get("/plans/1").text
            assert http.post("/plans/1/refuse", data={"reason": "because"}).status_code == 403
    with client(address, **{"accept-language": "en"}) as http:
        log_in(http, "approve")
        csrf = csrf_on(http, "/plans/1")
        without = http.post("/plans/1/refuse", data={"reason": " ", "csrf": csrf})
        assert (without.status_code, "Give a reason" in without.text) == (400, True)
        done = http.post("/plans/1/refuse", data={"reason": "half the file", "csrf": csrf})
        assert done.headers["location"] == "/plans/1"
        assert "approve person: half the file" in http.get("/plans/1").text
        again = http.post("/plans/1/refuse", data={"reason": "once more", "csrf": csrf})
        assert again.status_code == 409
    plan = lived.ledger.decisions.get(1)
    assert plan is not None
    assert (plan.state, plan.decided_by, plan.reason) == ("refused", "approve person", "half the file")


def test_what_hinders_an_approval_is_told(
    lived: Past, serve: Serve, people: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan of another mapping is not carried out, and the page says why; a machine may ask, too."""
    # However long a busy machine takes to find out.
    monkeypatch.setattr("passerelle.web.actions._TOLD_WITHIN", 60)
    with client(serve(**people), TOKENS["approve"]) as http:
        answer = http.post("/plans/1/approve", data={"reason": "it is what we want"})
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
    plan = lived.ledger.decisions.get(1)
    assert plan is not None
    assert plan.state != "applied"


def test_who_operates_takes_an_alert(lived: Past, serve: Serve, people: dict[str, str]) -> None:
    """Readers may not; the name is kept with the alert and in the audit log."""
    address = serve(**people)
    number = lived.ledger.alerts.open()[0].id
    with client(address) as http:
        log_in(http, "read")
        assert http.post(f"/alerts/{number}/take", data={"reason": "mine"}).status_code == 403
    with client(address) as http:
        log_in(http, "operate")
        csrf = csrf_on(http, "/alerts")
        assert http.post(f"/alerts/{number}/take", data={"reason": "mine", "csrf": csrf}).status_code == 303
        assert http.post("/alerts/999/take", data={"csrf": csrf}).status_code == 400
    taken = lived.ledger.alerts.named(number)
    assert (taken.acknowledged_by, taken.acknowledged_why) == ("operate person", "mine")
    assert any(one.who == "operate person" for one in lived.ledger.audit.entries())


def test_peak_mode_is_switched_by_who_operates(
    lived: Past, serve: Serve, people: dict[str, str], home: Path
) -> None:
    """On with profile, end and reason, told on the board; off again; both by name. Readers may not."""
    shutil.copytree(PROJECT / "mappings" / "peak", home.parent / "mappings" / "peak")
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    address = serve(**people)
    with client(address) as http:
        log_in(http, "read")
        assert http.post("/peak", data={"switch": "on"}).status_code == 403
    with client(address, **{"accept-language": "en"}) as http:
        log_in(http, "operate")
        csrf = csrf_on(http, "/")
        profile = {"profile": "black-friday", "csrf": csrf, "switch": "on"}
        wrong = http.post("/peak", data={**profile, "until": "soon", "reason": "sale"})
        assert (wrong.status_code, "soon" in wrong.text) == (400, True)
        assert http.post("/peak", data={**profile, "until": until, "reason": "sale"}).status_code == 303
        assert "Peak mode (black-friday) until" in http.get("/").text
        period = lived.ledger.peak.at(dt.datetime.now(dt.UTC))
        assert period is not None
        assert (period.switched_by, period.reason) == ("operate person", "sale")
        http.post("/peak", data={"csrf": csrf, "switch": "off", "reason": "over"})
        assert "Peak mode (black-friday) until" not in http.get("/").text


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ("anna:approve:short", "entry 1"),
        ("anna:boss:" + "x" * 24, "entry 1"),
        (f"anna:read:{'x' * 24};:read:{'y' * 24}", "entry 2"),
        (f"anna:read:{'x' * 24};anna:operate:{'y' * 24}", "twice"),
        (f"anna:read:{'x' * 24};berta:operate:{'x' * 24}", "twice"),
    ],
)
def test_tokens_that_are_wrong_are_told_without_them(tokens: str, told: str) -> None:
    """The place of the mistake, never the token."""
    with pytest.raises(ConfigError, match=told) as refused:
        WebSettings(tokens=tokens).people()  # type: ignore[arg-type]  # pydantic makes a secret of it
    assert "x" * 20 not in str(refused.value)


def test_tokens_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that is mounted as a file; lines may be comments."""
    path = tmp_path / "tokens"
    path.write_text(f"# operators\nanna:operate:{'x' * 24}\nberta:approve:{'y' * 24}\n", encoding="utf-8")
    monkeypatch.setenv("PASSERELLE_WEB_TOKENS_FILE", str(path))
    assert [(one.name, one.role) for one in WebSettings.load().people()] == [
        ("anna", "operate"),
        ("berta", "approve"),
    ]
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        WebSettings.load().people()


def test_nobody_is_served_from_elsewhere_without_tokens(home: Path) -> None:
    """Another address than 127.0.0.1 needs tokens: refused before anything is opened."""
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1 alone"):
        serve_web(0, host="0.0.0.0")  # noqa: S104 - refused, as said
    assert not home.exists()
