"""Letters, answers and notes of a large demo: composed, so that hardly one is like another."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

from yinuo.config.demo.casting import english, matters, words
from yinuo.config.demo.casting.matters import BY_CATEGORY, MATTERS, Matter
from yinuo.config.demo.products import ProductPlan

PLACES = (
    "浦东新区", "天河区", "武侯区", "雨花台区", "余杭区", "历下区", "岳麓区", "洪山区", "姑苏区", "鼓楼区", "思明区", "番禺区", "朝阳区", "海淀区", "南山区", "渝中区", "雁塔区", "和平区", "市南区",
    "长安区", "中山区", "包河区", "红谷滩区", "南明区", "青山湖区", "滨江区", "吴中区", "锡山区", "宝山区", "龙岗区", "顺德区", "福田区",
)  # fmt: skip
STORES = ("官网", "天猫店", "京东店", "专卖店", "商场", "直播间", "小程序", "家电城", "工厂店", "以旧换新活动")
ROOMS = ("客厅", "厨房", "阳台", "主卧", "卫生间", "储物间", "办公室", "玄关", "老人房", "地下室")
HOURS = (
    "早上八点",
    "上午九点",
    "上午十点半",
    "中午十二点",
    "下午两点",
    "下午三点半",
    "下午五点",
    "晚上七点",
    "晚上八点半",
    "晚上十点",
)
MOST = 400
LEAST = 40


class Blanks(dict[str, str]):
    """What stays for a ticket is kept in it; everything else is drawn anew at each place."""

    def __init__(self, draw: dict[str, Callable[[], str]]) -> None:
        super().__init__()
        self._draw = draw

    def __missing__(self, name: str) -> str:
        return self._draw[name]()


class Wording:
    """Texts of one ticket after the other: `begin`, then as many as it needs."""

    def __init__(self, rng: Random) -> None:
        self._chance = rng.random
        self._matter: Matter = MATTERS["fault"]
        self._is_english = self._is_fault = False
        self._customer = ""
        self._blanks = Blanks({})

    def begin(
        self, *, category: str, is_urgent: bool, product: ProductPlan, at: datetime, language: str, customer: str
    ) -> None:
        """`at`: when the ticket is opened, where the company is; days in the texts lie around it."""
        kind = BY_CATEGORY.get(category, "fault")
        self._matter = MATTERS["danger" if is_urgent and kind in ("fault", "how_to") else kind]
        self._is_fault = kind in ("fault", "how_to", "wish")
        self._is_english = language.startswith("en")
        self._customer = customer
        pick, number = self._pick, self._number
        faults = matters.FAULTS.get(product.kind, matters.FAULTS["panel"])
        blanks = self._blanks = Blanks({
            "n": lambda: str(number(2, 12)),
            "t": lambda: pick(HOURS),
            "d": lambda: self._day(at - timedelta(days=number(0, 12))),
            "s": lambda: self._day(at + timedelta(days=number(1, 7))),
            "money": lambda: str(number(6, 399) * 5 + number(0, 2) * 4),
            "volt": lambda: str(number(198, 239)),
            "room": lambda: pick(ROOMS),
            "f": lambda: self._say(pick(faults)),
            "g": lambda: self._say(pick(matters.GRIEVANCES)),
            "x": lambda: pick(matters.DANGER),
            "h": lambda: pick(matters.HOW),
            "part": lambda: pick(matters.PARTS),
            "epart": lambda: pick(english.PARTS),
            "eplace": lambda: pick(english.PLACES),
            "ed": lambda: f"{at - timedelta(days=number(0, 7)):%d %B}",
            "es": lambda: f"{at + timedelta(days=number(1, 7)):%d %B}",
            "ey": lambda: f"{at - timedelta(days=number(40, 800)):%B %Y}",
        })  # fmt: skip
        bought = at - timedelta(days=number(40, 800))
        ordered = at - timedelta(days=number(2, 30))
        blanks |= {
            "p": product.short, "full": product.name, "model": product.model, "e": product.english,
            "E": product.english.capitalize(), "place": pick(PLACES), "store": pick(STORES),
            "code": f"E{number(1, 29)}", "ym": f"{bought.year}年{bought.month}月",
            "order": f"YN{ordered:%y%m%d}{number(1000, 9999)}",
        }  # fmt: skip

    # -- what is asked for ---------------------------------------------------------------------------

    def subject(self) -> str:
        return self._say(self._pick(english.SUBJECTS if self._is_english else self._matter.subjects))

    def opening(self) -> str:
        """40 to 400 characters, mostly nearer to the former."""
        wanted = LEAST + int((MOST - 20 - LEAST) * self._chance() ** 5)
        if self._is_english:
            return self._grown(
                "Hello, " + self._say(self._pick(english.HEARTS)), wanted, (english.DETAILS,), english.CLOSINGS, " "
            )
        head = self._pick(words.GREETINGS) + self._say(self._pick(self._matter.hearts))
        details = words.DETAILS if self._is_fault else words.AFFAIRS
        return self._grown(
            head, wanted, (words.BOUGHT, details, words.SITUATIONS, words.MOODS, details), words.CLOSINGS
        )

    def more(self) -> str:
        if self._is_english:
            return self._say(self._pick(english.MORE))
        text = self._say(self._pick(words.MORE))
        return text if self._chance() < 0.2 else text + self._say(self._pick(words.SITUATIONS))

    def withdrawal(self) -> str:
        return (
            "It works again, please close this one." if self._is_english else self._say(self._pick(words.WITHDRAWALS))
        )

    def answer(self, agent: str) -> str:
        if self._is_english:
            return f"Dear {self._customer}, this is {agent} of Yinuo: " + self._say(self._pick(english.ANSWERS))
        return f"{self._customer}您好，我是{agent}。" + self._say(self._pick(self._matter.answers)) + self._tail()

    def question(self, agent: str) -> str:
        if self._is_english:
            return f"Dear {self._customer}, " + self._say(self._pick(english.QUESTIONS))
        return f"{self._customer}您好，" + self._say(self._pick(self._matter.questions)) + "收到后马上给您安排。"

    def solved(self, agent: str) -> str:
        if self._is_english:
            return f"Dear {self._customer}, " + self._say(self._pick(english.SOLVED))
        return f"{self._customer}您好，" + self._say(self._pick(self._matter.solved)) + self._tail()

    def sorry(self, agent: str) -> str:
        if self._is_english:
            return f"Dear {self._customer}, I am sorry that you were not satisfied. {agent} stays with it until it is right."
        return f"{self._customer}您好，没有让您满意，对不起。" + self._say(
            "我重新看了{d}以来的全部经过，由我负责到您满意为止。"
        )

    def note(self) -> str:
        return self._say(self._pick(words.NOTES))

    def progress(self) -> str:
        return self._say(self._pick(words.PROGRESS))

    def diagnosis(self) -> str:
        return self._say(self._pick(words.DIAGNOSES))

    def fix(self) -> str:
        return self._say(self._pick(english.FIXES if self._is_english else words.FIXES))

    def praise(self) -> str:
        return "Thank you." if self._is_english else self._say(self._pick(words.PRAISE))

    def blame(self) -> str:
        return "It took too long." if self._is_english else self._say(self._pick(words.BLAME))

    # -- how -----------------------------------------------------------------------------------------

    def _grown(
        self, text: str, wanted: int, pools: Sequence[Sequence[str]], closings: Sequence[str], between: str = ""
    ) -> str:
        used: set[str] = set()
        turn = int(self._chance() * len(pools))
        while len(text) < wanted:
            sentence = self._pick(pools[turn % len(pools)])
            turn += 1
            if sentence not in used:
                used.add(sentence)
                text += between + self._say(sentence)
        return (text + between + self._say(self._pick(closings)))[:MOST]

    def _tail(self) -> str:
        return self._say("有情况请直接回复，我{t}前都在。") if self._chance() < 0.35 else ""

    def _say(self, text: str) -> str:
        return text.format_map(self._blanks) if "{" in text else text

    def _pick(self, among: Sequence[str]) -> str:
        return among[int(self._chance() * len(among))]

    def _number(self, least: int, most: int) -> int:
        return least + int(self._chance() * (most + 1 - least))

    @staticmethod
    def _day(at: datetime) -> str:
        return f"{at.month}月{at.day}日"
