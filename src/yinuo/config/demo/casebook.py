"""Choosing what happens: which matter, whose, about which product, in which words, when."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from yinuo.catalog.models import Category
from yinuo.config.demo.company import CATEGORY_TEAMS
from yinuo.config.demo.customers import FOREIGNERS, Buyer
from yinuo.config.demo.desk import Case, Desk
from yinuo.config.demo.products import PRODUCTS, ProductPlan
from yinuo.config.demo.texts import FAMILIES, Family

PLACES = (
    "浦东新区", "天河区", "武侯区", "雨花台区", "余杭区", "历下区", "岳麓区", "洪山区", "姑苏区", "鼓楼区", "思明区", "番禺区",
)  # fmt: skip
HOURS = (
    (0, 1), (1, 0), (6, 1), (7, 3), (8, 8), (9, 13), (10, 15), (11, 11), (12, 6), (13, 9), (14, 13), (15, 13), (16, 12),
    (17, 9), (18, 5), (19, 6), (20, 6), (21, 4), (22, 3), (23, 1),
)  # fmt: skip
"""Hours of the day (in Shanghai) with how much comes in."""
CORPORATE = frozenset({"price_quote", "product_enquiry", "invoice", "installation", "repair", "policy_enquiry"})


class Casebook:
    """Makes cases by chance, the same ones from the same seed."""

    def __init__(self, desk: Desk, buyers: list[Buyer]) -> None:
        self.desk = desk
        self.rng: Random = desk.rng
        self.persons = [one for one in buyers if not one.is_corporate and one.customer.name not in FOREIGNERS]
        self.foreigners = [one for one in buyers if one.customer.name in FOREIGNERS]
        self.firms = [one for one in buyers if one.is_corporate]
        self.categories = {row.code: row for row in Category.objects.select_related("scenario", "parent", "team")}
        self.weights = [family.weight for family in FAMILIES]
        self._fresh: dict[int, list[tuple[tuple[str, str], str]]] = {}

    def any(self, at: datetime) -> Case:
        family = self.rng.choices(FAMILIES, self.weights)[0]
        return self.of(family, at, channel=self._channel(family))

    def every_kind(self) -> list[Family]:
        """Of each scenario its most usual matter."""
        found: dict[str, Family] = {}
        for family in sorted(FAMILIES, key=lambda one: -one.weight):
            found.setdefault(self.categories[family.category].scenario.code, family)
        return list(found.values())

    def _channel(self, family: Family) -> str:
        return "phone" if family.language != "en" and self.rng.random() < 0.16 else "email"

    def of(self, family: Family, at: datetime, *, channel: str = "email", buyer: Buyer | None = None) -> Case:
        """A case of this family at `at`, with an opening that was used as seldom as any."""
        opening, code = self._opening(family)
        plan = next(plan for plan in PRODUCTS if plan.code == code)
        buyer = buyer or self._buyer(family)
        category = self.categories[family.category]
        case = Case(
            family=family, opening=opening, buyer=buyer, blanks=self._blanks(family, plan, buyer, at), category=category,
            team=self.desk.house.teams["service"], product=self.desk.house.products[code], channel=channel,
            urgency=family.urgency,
        )  # fmt: skip
        case.team = self.desk.house.teams[self._team(case, at)]
        return case

    def _opening(self, family: Family) -> tuple[tuple[str, str], str]:
        key = FAMILIES.index(family)
        if not self._fresh.get(key):
            kinds = [plan.code for plan in PRODUCTS if plan.kind in family.kinds] or [plan.code for plan in PRODUCTS]
            self._fresh[key] = [(opening, code) for opening in family.openings for code in kinds]
            self.rng.shuffle(self._fresh[key])
        return self._fresh[key].pop()

    def _buyer(self, family: Family) -> Buyer:
        if family.language == "en":
            return self.rng.choice(self.foreigners)
        if family.category in CORPORATE and self.rng.random() < 0.35:
            return self.rng.choice(self.firms)
        return self.rng.choice(self.persons)

    def _team(self, case: Case, at: datetime) -> str:
        teams = self.desk.house.teams
        if case.urgency == "urgent":
            return "service" if self.desk.calendar(teams["service"]).is_open(at) else "emergency"
        if case.buyer.is_corporate and case.category.ticket_class != "complaint":
            return "corporate"
        category: Category | None = case.category
        while category is not None:
            if category.code in CATEGORY_TEAMS:
                return CATEGORY_TEAMS[category.code]
            category = category.parent
        return "service"

    def _blanks(self, family: Family, plan: ProductPlan, buyer: Buyer, at: datetime) -> dict[str, str]:
        rng, english = self.rng, family.language == "en"
        bought = at - timedelta(days=rng.randint(40, 700))
        ordered = at - timedelta(days=rng.randint(2, 25))
        return {
            "product": plan.short, "full": plan.name, "model": plan.model, "english": plan.english, "English": plan.english.capitalize(),
            "code": rng.choice(family.codes), "order": f"YN{ordered:%y%m%d}{rng.randint(1000, 9999)}",
            "date": f"{bought:%B %Y}" if english else f"{bought.year}年{bought.month}月",
            "place": rng.choice(PLACES), "days": str(rng.randint(3, 14)), "time": f"{rng.randint(9, 19)}点",
            "count": str(rng.choice((3, 4, 6, 8, 12, 20))), "money": str(rng.choice((60, 80, 120, 150, 200, 260))),
            "customer": buyer.customer.name, "agent": "", "number": "",
        }  # fmt: skip

    def arrivals(self, began: datetime, until: datetime, wanted: int) -> Iterator[datetime]:
        """`wanted` instants between the two: more on working days, mostly in the daytime; in order."""
        office = self.desk.calendar(self.desk.house.teams["corporate"])
        first = began.astimezone(office.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
        weights = [1.0 if office.is_working_day(day.date()) else 0.4 for day in days]
        hours, loads = zip(*HOURS, strict=True)
        instants: list[datetime] = []
        while len(instants) < wanted:
            day = self.rng.choices(days, weights)[0]
            hour = self.rng.choices(hours, loads)[0]
            at = day + timedelta(hours=hour, seconds=self.rng.uniform(0, 3600))
            if began <= at < until:
                instants.append(at.astimezone(until.tzinfo))
        yield from sorted(instants)
