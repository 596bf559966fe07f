"""What is taken for a program's form, and what is not."""

from datetime import timedelta

import pytest

from yinuo.domain.formspam import Filled, suspicion


def filled(**changed: object) -> Filled:
    values = {
        "name": "王小明",
        "text": "热水器不加热，请上门看看。",
        "trap": "",
        "took": timedelta(minutes=1),
        "proved": True,
    }
    return Filled(**{**values, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "http://a.example",
        "www.spam.example",
        "点击evil.io领奖",
        "加我 gift-card.tk",
        "win.link",
        "t.co/abc",
        "BIT.LY/x",
    ],
)
def test_a_name_that_is_an_address_would_be_sent_on_with_the_acknowledgement(name):
    assert suspicion(filled(name=name)) == "link_in_name"


@pytest.mark.parametrize(
    "name", ["王小明", "J. R. R. Tolkien", "Dr.Wang", "Mary-Jane O'Neil", "李 S.", "Kim Jr.", "三.一家"]
)
def test_names_are_names(name):
    assert suspicion(filled(name=name)) == ""
