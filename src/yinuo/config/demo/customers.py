"""Customers of the demo company: persons, companies, and the people who write for companies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from yinuo.config.demo.company import DEMO, House
from yinuo.customers.models import Customer, CustomerKind
from yinuo.customers.services import make_customer

SURNAMES = (
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he 林lin 高gao "
    "罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 邓deng 冯feng 曹cao 彭peng 曾zeng 萧xiao 田tian 董dong 潘pan 袁yuan"
)
GIVEN = (
    "建国jianguo 秀英xiuying 丽华lihua 志明zhiming 晓燕xiaoyan 文博wenbo 思远siyuan 雨桐yutong 子涵zihan 美玲meiling 国强guoqiang "
    "桂芳guifang 一鸣yiming 欣怡xinyi 浩然haoran 婷婷tingting 俊杰junjie 春梅chunmei 嘉豪jiahao 晨曦chenxi 海燕haiyan 佳宁jianing "
    "振华zhenhua 慧敏huimin 凯文kaiwen 若兰ruolan 永康yongkang 静怡jingyi 立军lijun 书瑶shuyao 宏伟hongwei 安琪anqi"
)
COMPANIES = (
    ("云栖民宿管理有限公司", "yunqi"), ("青禾物业服务有限公司", "qinghe"), ("海纳酒店管理有限公司", "haina"),
    ("明德国际学校", "mingde"), ("瑞和医疗器械有限公司", "ruihe"), ("拾光装饰工程有限公司", "shiguang"),
    ("北辰科技园运营有限公司", "beichen"), ("绿洲养老服务中心", "lvzhou"), ("四方建设集团第三分公司", "sifang"),
    ("优选公寓管理有限公司", "youxuan"), ("南湖街道社区服务中心", "nanhu"), ("同创软件股份有限公司", "tongchuang"),
)  # fmt: skip
FOREIGNERS = (
    "Emma Clarke", "David Miller", "Sofia Rossi", "James Tan", "Anna Schmidt", "Lucas Martin", "Priya Nair", "Olivia Brown",
)  # fmt: skip
DOMAINS = ("example.com", "example.net", "example.org")
PERSONS = 88
TIERS = ("ordinary",) * 11 + ("member",) * 5 + ("potential",) * 2 + ("key",)
SOURCES = ("mail", "phone", "门店", "App", "官网")


@dataclass(frozen=True)
class Buyer:
    """A customer who writes, with the address he writes from."""

    customer: Customer
    email: str

    @property
    def is_corporate(self) -> bool:
        return self.customer.company_id is not None


def make_buyers(house: House, rng: Random, founded: datetime, began: datetime) -> list[Buyer]:
    """About 120 customer files, made between `founded` and `began`."""
    span = began - founded
    phones = iter(range(1, 1000))

    def when() -> datetime:
        return founded + span * rng.random()

    def phone() -> tuple[str, str]:
        return "phone", f"199 0000 {next(phones):04d}"

    buyers = []
    for name, mail in _names(rng):
        email = f"{mail}@{rng.choice(DOMAINS)}"
        person = make_customer(
            name=name, identities=[("email", email), phone()], source=rng.choice(SOURCES), tier=rng.choice(TIERS),
            by=DEMO, now=when(),
        )  # fmt: skip
        buyers.append(Buyer(person, email))
    for name in FOREIGNERS:
        email = f"{name.lower().replace(' ', '.')}@{rng.choice(DOMAINS)}"
        person = make_customer(
            name=name, identities=[("email", email)], source="mail", language="en", tier=rng.choice(TIERS), by=DEMO,
            now=when(),
        )  # fmt: skip
        buyers.append(Buyer(person, email))
    return buyers + _companies(house, rng, when, phone)


def _companies(house: House, rng: Random, when, phone) -> list[Buyer]:  # type: ignore[no-untyped-def]
    buyers = []
    dedicated = [house.people["deng"], house.people["ma"]]
    for number, (name, domain) in enumerate(COMPANIES):
        at = when()
        company = make_customer(
            name=name, kind=CustomerKind.COMPANY, identities=[phone()], source="销售", tier="key" if number % 3 else "ordinary",
            dedicated_agent=dedicated[number % 2], stage="closed", by=DEMO, now=at,
        )  # fmt: skip
        surname, given = _split(rng.choice(SURNAMES.split())), _split(rng.choice(GIVEN.split()))
        email = f"{given[1]}.{surname[1]}@{domain}.example"
        contact = make_customer(
            name=surname[0] + given[0], identities=[("email", email), phone()], source="销售", company=company,
            tier=company.tier, dedicated_agent=dedicated[number % 2], by=DEMO, now=at + timedelta(minutes=6),
        )  # fmt: skip
        buyers.append(Buyer(contact, email))
    return buyers


def _names(rng: Random) -> list[tuple[str, str]]:
    """Names with the local part of an address, each once."""
    pairs = [(_split(surname), _split(given)) for surname in SURNAMES.split() for given in GIVEN.split()]
    chosen = rng.sample(pairs, PERSONS)
    names, taken = [], set()
    for surname, given in chosen:
        mail = f"{surname[1]}.{given[1]}"
        while mail in taken:
            mail += "2"
        taken.add(mail)
        names.append((surname[0] + given[0], mail))
    return names


def _split(word: str) -> tuple[str, str]:
    """`王wang` as its characters and its letters."""
    letters = word.lstrip("".join(char for char in word if not char.isascii()))
    return word.removesuffix(letters), letters
