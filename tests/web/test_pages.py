"""The pages over HTTP: what they say, in which order and language, and that nothing foreign acts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest

from passerelle.ledger import Ledger
from passerelle.sync import Seen, Thresholds, inspect
from passerelle.web.words import WORDS, chosen_language

from .conftest import TOKENS, Past, Serve, client

PATHS = (
    "/",
    "/alerts",
    "/feeds/stock",
    "/feeds/prices-fr",
    "/feeds/names",
    "/landscape",
    "/plans",
    "/plans/1",
)


class Parsed(HTMLParser):
    """The elements of a page, as a browser sees them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.elements.append((tag, dict(attrs)))


def run_of(ledger: Ledger, feed: str) -> str:
    """Name the last run of a feed that wrote."""
    return next(run.id for run in ledger.runs.last(feed, 5) if run.mode == "auto")


@pytest.mark.usefixtures("lived")
def test_the_board_says_what_is_late_first(serve: Serve) -> None:
    """The headline counts, the late feed has its effect and its sentence, before the list of all feeds."""
    with client(serve(), **{"accept-language": "en"}) as http:
        text = http.get("/").text
        body = http.get("/api/board").json()
    places = [
        text.index(part) for part in ("1 feed is late", "1,240 SKUs on stock older than 3 h", "All feeds")
    ]
    assert places == sorted(places)
    assert "1 plan waits for a decision" in text
    assert (body["late"], body["feeds"][0]["feed"]) == (1, "stock")
    assert (body["feeds"][0]["records"], body["feeds"][0]["skus"]) == (2480, 1240)
    assert {one["feed"]: one["refused"] for one in body["feeds"]}["prices-fr"] == 18


@pytest.mark.usefixtures("lived")
def test_in_french_by_the_browser_and_by_choice(serve: Serve) -> None:
    """Accept-Language decides until somebody chooses; the choice is kept."""
    with client(serve(), **{"accept-language": "fr-CH, en;q=0.5"}) as http:
        french = http.get("/").text
        assert "1 flux en retard" in french
        assert "1\u202f240 SKU avec un stock de plus de 3 h" in french
        assert '<html lang="fr">' in french
        assert "1 feed is late" in http.get("/?lang=en").text
        assert "1 feed is late" in http.get("/").text


def test_a_run_is_told_in_the_order_in_which_one_asks(lived: Past, serve: Serve) -> None:
    """Did it work, what changed, what was refused and why, what is waited for, where the file is."""
    with client(serve(), **{"accept-language": "en"}) as http:
        run = run_of(lived.ledger, "prices-fr")
        text = http.get(f"/runs/{run}").text
        body = http.get(f"/api/runs/{run[-12:]}").json()
    parts = [
        "Did it work?",
        "Yes, but not all of it.",
        "What changed?",
        "<dd>412</dd>",
        "valid_until",
        "What was refused, and why?",
        "15 records: a code is not in its table",
        "3 records: not a number",
        "What is waited for?",
        "4 records of this run wait",
        "Where is the file?",
        "archive/prices-fr/2026/11/P_001.xml.zst",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert body["worked"] is True
    assert [row["count"] for row in body["refusals"]] == [15, 3]


def test_what_the_guard_said_of_a_run_is_told_in_the_reader_s_language(past: Past, serve: Serve) -> None:
    """What came, what is allowed, what to do: from its numbers; the text of the run is the English one."""
    [breach] = inspect(Seen(full=True, known=300, received=199), Thresholds())
    run = past.run(
        "stock",
        minutes_ago=5,
        file="S_1.xml",
        outcome="stopped_by_guard",
        state="held",
        message=f"S_1.xml: {breach.said}",
        breaches=[{**breach.facts, "file": "S_1.xml"}],
    )
    with client(serve()) as http:
        assert "S_1.xml: volume: 199 records in a full" in http.get(f"/runs/{run}?lang=en").text
        french = http.get(f"/runs/{run}?lang=fr").text
    assert "S_1.xml : 199 enregistrements dans un fichier complet dont 300 sont connus" in french
    assert "Demander à l&#39;émetteur si l&#39;export a été tronqué" in french


@pytest.mark.usefixtures("lived")
def test_a_feed_has_its_last_runs_as_a_picture_and_as_numbers(serve: Serve) -> None:
    """One bar for each run, with its numbers for who cannot see it, and a sentence of the whole."""
    with client(serve(), **{"accept-language": "en"}) as http:
        text = http.get("/feeds/stock").text
        body = http.get("/api/feeds/stock").json()
    page = Parsed(text)
    assert sum(tag == "rect" and found.get("class") == "up" for tag, found in page.elements) == 10
    assert "11 of 12 runs worked" in text
    assert "1,240 changed, 103 refused, succeeded" in text
    assert [point["changed"] for point in body["runs"]][-2:] == [44, 1240]


@pytest.mark.usefixtures("lived")
def test_the_landscape_is_drawn_from_the_configuration(serve: Serve) -> None:
    """Partners, shop, an arrow for each kind of data with the state of the worst of its feeds."""
    with client(serve(), **{"accept-language": "en"}) as http:
        body = http.get("/api/landscape").json()
        text = http.get("/landscape").text
    flows = {(one["source"], one["target"], one["topic"]): one["state"] for one in body["flows"]}
    assert flows["erp", "shop:", "stock"] == "late"
    assert flows["erp", "shop:", "prices"] == "fresh"
    assert flows["shop:", "partner:warehouse", "orders"] == "fresh"
    assert "Stock: from ERP to commercetools" in text


def test_nothing_that_a_partner_wrote_acts_on_a_page(lived: Past, serve: Serve) -> None:
    """Names, files, rejects, notes and values of an enemy are texts: no element, no address of theirs."""
    with client(serve()) as http:
        for path in (*PATHS, *(f"/runs/{run_of(lived.ledger, feed)}" for feed in ("prices-fr", "names"))):
            answer = http.get(path)
            assert answer.status_code == 200, path
            page = Parsed(answer.text)
            tags = [tag for tag, _ in page.elements]
            assert "img" not in tags, path
            assert [found.get("src", "") for tag, found in page.elements if tag == "script"] == [
                next(found["src"] for tag, found in page.elements if tag == "script")
            ]
            for tag, found in page.elements:
                assert not any(name.startswith("on") for name in found), (path, tag)
                for name in ("src", "href", "action", "formaction"):
                    assert re.match(r"[/?#]|$", found.get(name) or ""), (path, tag, found)
                assert "style" not in found, (path, tag)
        assert "tracker.example" in http.get("/feeds/names").text


@pytest.mark.usefixtures("lived")
def test_every_answer_has_the_headers_of_a_careful_page(serve: Serve) -> None:
    """Also errors, also the style: nothing foreign loads, no frame, no guessing of types."""
    with client(serve()) as http:
        for path in (*PATHS, "/nowhere", "/feeds/nobody", "/static/board.css", "/api/board", "/login"):
            headers = http.get(path).headers
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'"), path
            assert "unsafe" not in policy
            assert "http" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
        assert http.get("/").headers["cache-control"] == "no-store"
        assert "immutable" in http.get("/static/board.css").headers["cache-control"]


@pytest.mark.usefixtures("lived")
def test_another_name_is_not_answered(serve: Serve) -> None:
    """A page of somebody else whose name points to this machine reads nothing (DNS rebinding)."""
    address = serve(hosts="board.example")
    with client(address, host="evil.example") as http:
        assert http.get("/api/board").status_code == 400
    with client(address, host="board.example") as http:
        assert http.get("/api/board").status_code == 200


@pytest.mark.usefixtures("lived")
def test_what_is_not_there_is_told(serve: Serve) -> None:
    """An unknown feed, run, plan and page: 404 with a page, or with JSON below /api."""
    with client(serve()) as http:
        for path in ("/feeds/nobody", "/runs/0123456789ab", "/plans/99", "/nowhere"):
            assert http.get(path).status_code == 404
            assert "<h1>" in http.get(path).text
        assert http.get("/api/runs/0123456789ab").json() == {"error": 404, "detail": "gone"}
        assert http.get("/static/../app.py").status_code == 404


@pytest.mark.usefixtures("lived")
def test_alerts_are_told_with_effect_and_advice(serve: Serve) -> None:
    """What the rules found, in the language of who reads, with the page of the runbook."""
    with client(serve(), **{"accept-language": "en"}) as http:
        text = http.get("/alerts").text
        assert "1,240 SKUs on stock older than 3 h" in text
        assert "docs/runbook/late-file.md" in text
        # A plan that the guard speaks against waits for a decision, too.
        assert "prices-fr: the guard stopped the run" in text
        assert "(plan 1 waits for a decision)" in text
        assert "2 alerts are open" in http.get("/").text
        assert http.get("/api/board").json()["alerts"][0].keys() == {"id", "kind", "feed"}


@pytest.mark.usefixtures("past")
def test_an_empty_installation_has_a_page(serve: Serve) -> None:
    """Nothing ran yet: nothing is late, and no page breaks."""
    with client(serve(), **{"accept-language": "en"}) as http:
        assert "never run" in http.get("/").text
        for path in ("/feeds/stock", "/landscape", "/plans"):
            assert http.get(path).status_code == 200
        assert "There was no run yet." in http.get("/feeds/stock").text


@pytest.mark.usefixtures("lived")
def test_mappings_are_read_again_and_their_flaws_told(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mapping that somebody breaks is told; the page goes on with what it read before."""
    from passerelle.feeds import Settings  # noqa: PLC0415 - of this test only
    from passerelle.web import installation  # noqa: PLC0415

    monkeypatch.setattr(installation, "_LOOK_EVERY", 0.0)
    path = Settings.load().mappings / "prices.yaml"
    whole = path.read_text(encoding="utf-8")
    with client(serve(), **{"accept-language": "en"}) as http:
        assert "French prices" in http.get("/").text
        path.write_text(whole.replace("entity: price", "entity: prices"), encoding="utf-8")
        assert "The mappings on the disk have flaws" in http.get("/feeds/stock").text
        path.write_text(whole.replace("French prices", "Prices of France"), encoding="utf-8")
        assert "Prices of France" in http.get("/feeds/prices-fr").text


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,fr;q=0.9", "en"),
        ("de, fr;q=0.3, en;q=0.2", "fr"),
        ("de", "en"),
        ("", "en"),
        ("fr;q=many, en", "en"),
    ],
)
def test_the_language_of_a_browser(accepted: str, lang: str) -> None:
    """The first of ours by its weight, else English."""
    assert chosen_language(accepted) == lang


def test_both_languages_have_the_same_gaps() -> None:
    """A word that says a count in English says it in French, too."""
    gaps = re.compile(r"\{(\w+)\}")
    for word, (english, french) in WORDS.items():
        assert set(gaps.findall(english)) == set(gaps.findall(french)), word


@pytest.mark.usefixtures("lived")
def test_json_is_for_who_may_read(serve: Serve, people: dict[str, str]) -> None:
    """With tokens nobody reads without one; a machine reads by bearer token."""
    address = serve(**people)
    with client(address) as http:
        refused = http.get("/api/board")
        assert (refused.status_code, refused.json()["detail"]) == (401, "log_in_first")
        assert http.get("/").headers["location"] == "/login"
        assert http.get("/healthz").text == "ok"
    with client(address, "wrong" * 9) as http:
        assert http.get("/api/board").status_code == 401
    with client(address, TOKENS["read"]) as http:
        assert msgspec.json.decode(http.get("/api/board").content)["late"] == 1
