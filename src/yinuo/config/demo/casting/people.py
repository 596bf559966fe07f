"""Customers of a large demo: cast from those that services made, each with a name and contacts of its own."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model

from yinuo.config.demo.casting.ids import next_id
from yinuo.config.demo.casting.pattern import Key, Pattern, Slots, Weaver
from yinuo.config.demo.casting.reading import Line, hexed
from yinuo.config.demo.customers import DOMAINS, SURNAMES
from yinuo.customers.identities import identity_index, name_tokens
from yinuo.customers.models import Customer, Identity
from yinuo.foundation.encryption import conceal
from yinuo.foundation.events import canonical_of
from yinuo.foundation.models import HistoryRow

GIVEN = (
    "伟wei 芳fang 娜na 敏min 静jing 强qiang 磊lei 军jun 洋yang 勇yong 艳yan 杰jie 涛tao 明ming 超chao 霞xia 平ping 刚gang 桂gui 英ying 华hua 文wen 玉yu "
    "兰lan 红hong 玲ling 建jian 国guo 志zhi 海hai 波bo 宁ning 雪xue 梅mei 琴qin 云yun 飞fei 鹏peng 斌bin 辉hui 佳jia 琪qi 雨yu 晨chen 浩hao 宇yu 轩xuan "
    "子zi 涵han 梓zi 欣xin 怡yi 诗shi 若ruo 思si 嘉jia 俊jun 博bo 睿rui 天tian 乐le 心xin 月yue 星xing 清qing 岚lan 楠nan 川chuan 青qing 松song 柏bai "
    "秋qiu 春chun 冬dong 夏xia 成cheng 立li 方fang 正zheng 德de 义yi 信xin 安an 康kang 福fu 顺shun 家jia 庆qing 远yuan 达da 新xin 力li 光guang 亮liang"
)
MORE_SURNAMES = (
    "吕lv 蒋jiang 蔡cai 余yu 杜du 叶ye 程cheng 苏su 魏wei 卢lu 丁ding 任ren 沈shen 姚yao 姜jiang 崔cui 谭tan 陆lu 范fan 汪wang 廖liao 石shi 金jin 贾jia 夏xia 付fu "
    "方fang 邹zou 熊xiong 白bai 孟meng 秦qin 邱qiu 侯hou 江jiang 尹yin 薛xue 闫yan 段duan 雷lei 龙long 史shi 陶tao 贺he 毛mao 顾gu 龚gong 邵shao 万wan 覃qin 武wu 戴dai 孔kong 向xiang"
)
FIRST_NAMES = "Emma David Sofia James Anna Lucas Priya Olivia Noah Mia Liam Chloe Ethan Nora Hugo Clara Omar Ines Jonas Maria Peter Lea Tom Alice"
LAST_NAMES = "Clarke Miller Rossi Tan Schmidt Martin Nair Brown Novak Silva Jensen Weber Costa Dubois Kim Haddad Moreau Larsen Young Reed Fischer Cooper"
TOWNS = (
    "杭州",
    "南京",
    "成都",
    "武汉",
    "西安",
    "长沙",
    "青岛",
    "厦门",
    "苏州",
    "宁波",
    "无锡",
    "佛山",
    "合肥",
    "福州",
    "济南",
    "郑州",
    "昆明",
    "南昌",
    "大连",
    "东莞",
)
STEMS = (
    "星河",
    "远山",
    "云帆",
    "嘉禾",
    "启明",
    "瑞丰",
    "天泽",
    "博雅",
    "和顺",
    "鼎新",
    "安澜",
    "锦程",
    "卓越",
    "晨曦",
    "海川",
    "金石",
    "万邦",
    "众诚",
    "绿源",
    "兴达",
)
TRADES = (
    "酒店管理",
    "物业服务",
    "科技",
    "装饰工程",
    "医疗器械",
    "教育咨询",
    "餐饮管理",
    "公寓管理",
    "商贸",
    "建设",
    "养老服务",
    "文化传播",
)


def _split(words: str) -> list[tuple[str, str]]:
    """`王wang` as its character and its letters."""
    return [(word[0], word[1:]) for word in words.split()]


@dataclass(frozen=True)
class Person:
    """A customer as a ticket needs him. `form` is the number of his mould."""

    id: str
    name: str
    email: str
    phone: str
    form: int
    created_at: datetime


@dataclass
class PersonMould:
    """A customer file with its identities and its history, with blanks. `company`: the mould of his company."""

    customer: Customer
    slots: Slots
    ids: list[int] = field(default_factory=list)
    concealed: list[tuple[int, Pattern]] = field(default_factory=list)
    digests: list[tuple[int, Pattern]] = field(default_factory=list)
    lines: dict[type[Model], Pattern] = field(default_factory=dict)
    made_at: datetime | None = None


def kind_of(customer: Customer) -> tuple[object, ...]:
    """Customers of one kind are treated alike: a ticket of one may be cast for another."""
    kinds = sorted(identity.kind for identity in customer.identities.all())
    return customer.tier, customer.company_id is not None, customer.language, customer.dedicated_agent_id, tuple(kinds)


def make_person_mould(customer: Customer, zone: ZoneInfo) -> PersonMould:
    slots = Slots()
    identities = list(customer.identities.order_by("id"))
    history = list(
        HistoryRow.objects.filter(customer_id=customer.id, ticket_id=None, subject_kind="customer").order_by("id")
    )
    known: dict[str, Key] = {identity.value: (identity.kind,) for identity in identities}
    known[customer.name] = ("name",)
    known |= {(at := row.recorded_at.astimezone(UTC).isoformat()): ("recorded", at) for row in history}
    ids: dict[UUID, Key] = {row.pk: ("id", row.pk) for row in (*identities, *history)}
    ids[customer.id] = ("id", customer.id)
    if customer.company_id:
        ids[customer.company_id] = ("company",)
    weaver = Weaver(slots, known, ids, [], zone, "\n".join(known))
    line = Line(weaver, slots)
    mould = PersonMould(customer, slots, made_at=customer.created_at)
    tokens = slots.of(("tokens",), "")
    mould.lines[Customer] = line.of(customer, {"name_tokens": tokens})
    mould.lines[Identity] = _joined([line.of(row, {"index": slots.of(("index", row.kind), "")}) for row in identities])
    patterns = []
    for row in history:
        at = row.recorded_at.astimezone(UTC).isoformat()
        digest = slots.of(("digest", row.id), "")
        mould.digests.append((digest, weaver.json(canonical_of(row))))
        patterns.append(line.of(row, {"digest": digest, "recorded_at": slots.of(("recorded", at), at)}))
    mould.lines[HistoryRow] = _joined(patterns)
    mould.concealed = line.concealed
    mould.ids = [number for _, number in sorted(slots.like("id"), key=lambda one: str(one[0][1]))]
    return mould


def _joined(patterns: list[Pattern]) -> Pattern:
    text = "".join(one.text if one.slots else one.text.replace("%", "%%") for one in patterns)
    return Pattern(text, [slot for one in patterns for slot in one.slots])


class Names:
    """Names with contacts that nobody else has: `number` rises."""

    def __init__(self, rng: Random, number: int) -> None:
        self._rng = rng
        self.number = number
        self._surnames = _split(SURNAMES) + _split(MORE_SURNAMES)
        self._given = _split(GIVEN)

    def person(self) -> tuple[str, str]:
        """A name and the letters of an address."""
        pick = self._rng.choice
        surname = pick(self._surnames)
        given = [pick(self._given) for _ in range(1 if self._rng.random() < 0.25 else 2)]
        return surname[0] + "".join(one[0] for one in given), surname[1] + "".join(one[1] for one in given)

    def foreigner(self) -> tuple[str, str]:
        first, last = self._rng.choice(FIRST_NAMES.split()), self._rng.choice(LAST_NAMES.split())
        return f"{first} {last}", f"{first}.{last}".lower()

    def company(self) -> tuple[str, str]:
        pick = self._rng.choice
        return f"{pick(TOWNS)}{pick(STEMS)}{pick(TRADES)}有限公司", "info"

    def email(self, letters: str, number: int, domain: str = "") -> str:
        return f"{letters}{_base36(number)}@{domain or self._rng.choice(DOMAINS)}"

    @staticmethod
    def phone(number: int) -> str:
        """Numbers that begin with 12 are given to nobody."""
        return f"+8612{number:09d}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits


class Population:
    """Makes customers and remembers them, so that some come again."""

    def __init__(self, moulds: list[PersonMould], rng: Random, number: int) -> None:
        self.moulds = moulds
        self._rng = rng
        self._names = Names(rng, number)
        self.of_kind: dict[tuple[object, ...], list[int]] = defaultdict(list)
        self._company_of: dict[int, int] = {}
        by_id = {mould.customer.id: number for number, mould in enumerate(moulds)}
        for form, mould in enumerate(moulds):
            self.of_kind[kind_of(mould.customer)].append(form)
            if mould.customer.company_id in by_id:
                self._company_of[form] = by_id[mould.customer.company_id]
        self._companies: dict[int, list[tuple[str, str]]] = defaultdict(list)

    def new(
        self, kind: tuple[object, ...], created_at: datetime, recorded: str, lines: dict[type[Model], list[str]]
    ) -> Person:
        """Another customer of this kind, with his company where he writes for one."""
        form = self._rng.choice(self.of_kind[kind])
        company = self._company(form, created_at, recorded, lines)
        return self._cast(form, created_at, recorded, lines, company)

    def _company(
        self, form: int, created_at: datetime, recorded: str, lines: dict[type[Model], list[str]]
    ) -> tuple[str, str]:
        if form not in self._company_of:
            return "", ""
        its_form = self._company_of[form]
        known = self._companies[its_form]
        if known and self._rng.random() < 0.6:
            return self._rng.choice(known)
        company = self._cast(its_form, created_at, recorded, lines, ("", ""))
        known.append((company.id, f"c{_base36(self._names.number)}.example"))
        return known[-1]

    def _cast(
        self,
        form: int,
        created_at: datetime,
        recorded: str,
        lines: dict[type[Model], list[str]],
        company: tuple[str, str],
    ) -> Person:
        mould, names = self.moulds[form], self._names
        names.number += 1
        customer = mould.customer
        if customer.kind == "company":
            name, letters = names.company()
        else:
            name, letters = names.foreigner() if customer.language.startswith("en") else names.person()
        email = names.email(letters, names.number, company[1])
        phone = names.phone(names.number)
        values = list(mould.slots.original)
        for slot in mould.ids:
            values[slot] = next_id()
        by = created_at - (mould.made_at or created_at)
        contacts = {"email": email, "phone": phone}
        for key, slot in mould.slots.numbers.items():
            match key[0]:
                case "at":
                    values[slot] = (key[1] + by).isoformat()  # type: ignore[operator]
                case "recorded":
                    values[slot] = recorded
                case "name":
                    values[slot] = name
                case "email" | "phone":
                    values[slot] = contacts[key[0]]
                case "company":
                    values[slot] = company[0]
                case "tokens":
                    values[slot] = "{" + ",".join(map(str, name_tokens(name))) + "}"
                case "index":
                    values[slot] = hexed(identity_index(str(key[1]), contacts[str(key[1])]))
        for slot, pattern in mould.concealed:
            values[slot] = hexed(conceal(pattern.fill(values)))
        for slot, pattern in mould.digests:
            values[slot] = "\\\\x" + hashlib.sha256(pattern.fill(values).encode("utf-8")).hexdigest()
        for model, pattern in mould.lines.items():
            lines[model].append(pattern.fill(values))
        return Person(values[mould.slots.numbers["id", customer.id]], name, email, phone, form, created_at)
