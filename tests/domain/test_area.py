"""Pages of the customer area, and which pictures and films may be shown."""

import pytest

from bff.domain.area import Area

AREA = Area("https://business.example", ("media.example", "films.example"))


def test_a_page_lies_below_the_area() -> None:
    assert AREA.page("offers") == "https://business.example/offers"
    assert AREA.page("offers", "campaigns", "AbC_-1") == "https://business.example/offers/campaigns/AbC_-1"


@pytest.mark.parametrize("told", ["https://media.example/a.jpg", "https://FILMS.example/b.mp4?size=1#x"])
def test_pictures_and_films_of_our_hosts_are_shown(told: str) -> None:
    assert AREA.media(told) == told


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "http://media.example/a.jpg",
        "HTTPS://media.example/a.jpg",
        "//media.example/a.jpg",
        "media.example/a.jpg",
        "javascript:alert(1)//https://media.example/",
        "https://elsewhere.example/a.jpg",
        "https://media.example.elsewhere.example/a.jpg",
        "https://elsewhere.example/https://media.example/a.jpg",
        "https://media.example@elsewhere.example/a.jpg",
        "https://elsewhere.example\\@media.example/a.jpg",
        "https://user:secret@media.example/a.jpg",
        "https://media.example:8443/a.jpg",
        "https://media.example:many/a.jpg",
        "https://media.example./a.jpg",
        "https://media.example/a b.jpg",
        "https://media.example/a.jpg\nhttps://elsewhere.example",
        'https://media.example/"onerror=alert(1)',
        "https://[media.example/a.jpg",
    ],
)
def test_nothing_else_is_shown(told: str | None) -> None:
    assert AREA.media(told) is None


def test_without_hosts_nothing_is_shown() -> None:
    assert Area("https://business.example").media("https://media.example/a.jpg") is None
