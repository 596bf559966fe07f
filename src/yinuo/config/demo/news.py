"""What the sales people of the demo write each month for their leads (R-PS-4)."""

from datetime import datetime, timedelta

from yinuo.catalog.models import Product
from yinuo.catalog.services import publish_news
from yinuo.config.demo.chronicle import Story
from yinuo.config.demo.company import House
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor

ISSUES = (
    (
        timedelta(days=24), "",
        "全系热水器、净水机的整机保修从三年延长到五年，已经买的也算。",
        "The warranty of all water heaters and purifiers now runs five years instead of three, past purchases included.",
    ),
    (
        timedelta(days=11), "YN-H60",
        "速热电热水器 60 升新出白色款，当天下单次日送装，价格不变。",
        "The 60 l water heater now comes in white: ordered today, installed tomorrow, at the same price.",
    ),
    (
        timedelta(days=2), "",
        "以旧换新：旧家电按重量和品类抵扣，最多抵 600 元，上门拆旧不收费。",
        "Trade in: up to CNY 600 for the old appliance, taken down at no charge.",
    ),
)  # fmt: skip


def news_stories(house: House, now: datetime) -> list[tuple[datetime, Story]]:
    return [(now - before, _issue(house, code, text, english)) for before, code, text, english in ISSUES]


def _issue(house: House, code: str, text: str, english: str) -> Story:
    product = Product.objects.get(code=code) if code else None
    by = Actor.account(house.people["feng"].id)
    publish_news(product=product, text=text, text_en=english, by=by, now=clock.now())
    yield from ()
