"""Which media type and which language a client gets, by quality and by order."""

import pytest

from bff.http.negotiation import GRAPHQL_JSON, JSON, language, media_type


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        ("Application/JSON", JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (f"{GRAPHQL_JSON}, {JSON}", GRAPHQL_JSON),
        (f"{JSON}, {GRAPHQL_JSON}", JSON),
        (f"{JSON};q=0.5, {GRAPHQL_JSON};q=0.9", GRAPHQL_JSON),
        (f"{JSON};q=0.5, {GRAPHQL_JSON};q=0.5", JSON),
        (f"text/html, {GRAPHQL_JSON};q=0.2, */*;q=0.1", GRAPHQL_JSON),
        (f"*/*;q=0.1, {GRAPHQL_JSON};q=0.2", GRAPHQL_JSON),
        (f"*/*, {GRAPHQL_JSON};q=0.2", JSON),
        (f"{JSON};q=0, */*", GRAPHQL_JSON),
        (f"{JSON};q=0, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (f"{JSON};q=0, {GRAPHQL_JSON};q=0, */*", None),
        (f"text/event-stream, {JSON}", JSON),
        (f"{JSON};q=abc, {GRAPHQL_JSON};q=0.1", GRAPHQL_JSON),
        (f"{JSON};q=nan, {GRAPHQL_JSON};q=0.1", GRAPHQL_JSON),
        (f"{JSON};q=2, {GRAPHQL_JSON};q=0.1", GRAPHQL_JSON),
        (f"{JSON};Q=0.1, {GRAPHQL_JSON};q=0.2", GRAPHQL_JSON),
        (f"{JSON}, text/plain, */*", JSON),
        (f"{JSON};q=0.9, */*", GRAPHQL_JSON),
        (f"application/*;q=0.1, {JSON};q=0.2, */*", JSON),
        ("application/*;q=0, */*", None),
        (f"{JSON};q=0", None),
        ("*/*;q=0", None),
        ("text/html", None),
        ("application/jsonp, application/graphql-response", None),
        (",;,", None),
    ],
)
def test_the_media_type_is_the_best_of_ours_that_is_accepted(accept: str | None, chosen: str | None) -> None:
    assert media_type(accept) == chosen


@pytest.mark.parametrize(
    ("accept_language", "chosen"),
    [
        (None, "it"),
        ("", "it"),
        ("it", "it"),
        ("en", "en"),
        ("EN-us", "en"),
        ("en-GB,en;q=0.9,it;q=0.8", "en"),
        ("it;q=0.8,en;q=0.9", "en"),
        ("de,fr;q=0.9,en;q=0.1", "en"),
        ("de,fr", "it"),
        ("en;q=0", "it"),
        ("en;q=0,it;q=0", "it"),
        ("en;q=x", "it"),
        ("english", "it"),
        ("*", "it"),
    ],
)
def test_the_language_is_the_best_that_we_speak_and_italian_otherwise(accept_language: str | None, chosen: str) -> None:
    assert language(accept_language) == chosen


def test_other_languages_can_be_asked_to_be_spoken() -> None:
    assert language("fr, en", ("fr", "de")) == "fr"
    assert language("en", ("fr", "de")) == "fr"
