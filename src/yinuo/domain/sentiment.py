"""How a customer feels, read from a lexicon with intensity, negation, wishes and contrast (R-AI-2).

The values are `angry`, `negative`, `neutral` and `positive`. Describing a fault is not yet a feeling: a text
without feeling words is neutral.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from yinuo.domain.phrases import Hit, PhraseFinder, Reading

SENTIMENTS = ("angry", "negative", "neutral", "positive")

# What may stand between a negation and the word it turns round.
_BETWEEN = (
    r"(?:以前|之前|上次|从前|原来|想象中?|预期|说的|宣传|描述|图片|别家|第一次)?"
    r"(?:很|太|那么|这么|多么|特别|非常|怎么|是|算|能|再|有|觉得|感觉|感到|什么|任何|一点|得|的|到|是很|够|a|an|any|very|so|that|too|really|\s)*$"
)
_NEGATED = re.compile(
    r"(?:不(?!但|仅|只|光|料|管|论|知|少|错|断|得不)|没有?|無|无|未|毫无|并非|不想|不是来|谈不上|算不上|称不上|说不上|缺乏|缺少|失去"
    r"|哪里|哪儿|难以|\bnot|n't|\bno|\bnever|\bwithout|\bhardly)" + _BETWEEN
)
_STRONGER = re.compile(
    r"(?:非常|特别|极其|极度|十分|太|超级?|巨|相当|真是?的?|实在|很|最|万分|异常|如此|这么|那么|真心|简直|绝对|完全|无比|贼|老"
    r"|\bvery|\breally|\bso|\bextremely|\babsolutely|\btotally|\btoo)(?:的|是|地|\s)*$"
)
_WEAKER = re.compile(r"(?:有一?点儿?|有些|稍微?|略微?|还算|一般|比较|\ba bit|\bslightly|\ba little)(?:的|\s)*$")
# A single character (好, 新, 小 …) is an opinion only after a degree or the name of what is judged.
_JUDGED = re.compile(
    r"(?:^|很|挺|蛮|真|太|超|最|更|好|比较|非常|特别|有点|有些|稍微|略|偏|还|都|也|算|得|的确|确实|[菜饭汤面饼肉饭粥味]"
    r"|服务|态度|味道|口味|口感|质量|环境|位置|地点|交通|速度|分量|份量|量|价格|价钱|卫生|设施|性能|效果|体验|印象|房间|早餐|送餐|配送"
    r"|包装|做工|手感|音质|画质|售后)(?:的|地|是|也|都|还|得|\s)*$"
)
_STRONGER_AFTER = re.compile(r"(?:得)?(?:极了|死了|得很|透了|爆了|至极|不得了|要命|要死|到家)")
_WISHED = re.compile(
    r"(?:希望|建议|但愿|要是|如果|能不能|可不可以|最好|应该|本以为|以为|本来|原本|还想|期待|\bhope|\bwish|\bif|\bshould).*$"
)
_WISHED_AFTER = re.compile(r"(?:一些|一点|点儿?|些)(?:就|吧|更|$|[,。!;~\s])|(?:就好|就更好|就完美)")
_TURN = re.compile(r"但是|但(?!愿)|可是|不过|然而|可惜|遗憾|\bbut\b|\bhowever\b|(?P<mild>就是(?!说|了)|只是|除了)")
_SENTENCE_END = re.compile(r"[。!?;\n]")
_SHOUTING = re.compile(r"[!]{2,}|[?!]{3,}")


@dataclass(frozen=True, slots=True)
class Feeling:
    """`positive`, `negative` and `anger` are sums of weights ≥ 0; `hits` show where they come from."""

    value: str
    confidence: float
    positive: float
    negative: float
    anger: float
    hits: tuple[tuple[Hit, float], ...]


def read_feeling(reading: Reading, lexicon: PhraseFinder) -> Feeling:
    """`lexicon` holds phrases labelled positive, negative, angry or neutral (these only cover others)."""
    sums = {"positive": 0.0, "negative": 0.0, "angry": 0.0}
    shown: list[tuple[Hit, float]] = []
    turned = _turned_weights(reading.text)
    for hit in lexicon.find(reading):
        label = hit.phrase.label
        if label == "neutral":
            continue
        label, weight = _weigh(reading, hit)
        for start, end, factor in turned:
            if start <= hit.start < end:
                weight *= factor
        sums[label] += weight
        shown.append((hit, weight if label == "positive" else -weight))
    anger = sums["angry"]
    negative = sums["negative"] + anger
    positive = sums["positive"]
    if negative > positive and _SHOUTING.search(reading.text):
        anger += 1.0
        negative += 0.5
    value, confidence = _decide(positive, negative, anger)
    return Feeling(value, confidence, positive, negative, anger, tuple(shown))


def _turned_weights(text: str) -> list[tuple[int, int, float]]:
    """Stretches of the text and by how much words in them count more or less.

    After “but” stands what the writer wants to have said; after “it is only that” what he forgives.
    """
    stretches: list[tuple[int, int, float]] = []
    for turn in _TURN.finditer(text):
        stop = _SENTENCE_END.search(text, turn.end())
        end = stop.start() if stop else len(text)
        if turn["mild"]:
            stretches.append((turn.start(), end, 0.7))
            continue
        begin = max((text.rfind(sign, 0, turn.start()) for sign in "。!?;\n"), default=-1) + 1
        stretches.append((begin, turn.start(), 0.8))
        stretches.append((turn.start(), end, 1.3))
    return stretches


def _weigh(reading: Reading, hit: Hit) -> tuple[str, float]:
    """The label the hit ends up with, and its weight."""
    label, weight = hit.phrase.label, hit.phrase.weight
    before = reading.clause_before(hit.start, 10)
    after = reading.text[hit.end : hit.end + 4]
    rhetorical = "吗" in after and ("不是" in before or "难道" in before)
    if not rhetorical and _NEGATED.search(before):
        # “Not bad” praises less than “bad” blames; “not good” blames nearly as much as “good” praises.
        return ("negative", weight * 0.9) if label == "positive" else ("positive", weight * 0.2)
    if len(hit.phrase.parts[0]) == 1 and weight <= 1.0 and not _JUDGED.search(before):
        return label, weight * 0.3
    if label == "positive" and (_WISHED.search(before) or _WISHED_AFTER.match(after)):
        return "negative", weight * 0.5
    if _STRONGER.search(before) or _STRONGER_AFTER.match(after):
        weight *= 1.4
    elif _WEAKER.search(before):
        weight *= 0.7
    return label, weight


def _decide(positive: float, negative: float, anger: float) -> tuple[str, float]:
    lead = positive - negative
    total = positive + negative
    if total < 0.5 or abs(lead) < 0.25:
        # Nothing said: surely neutral; as much praise as blame: neutral, but who knows.
        return "neutral", 0.85 if total < 0.5 else 0.45
    share = abs(lead) / (total + 0.5)
    confidence = 1 / (1 + math.exp(-(0.2 + 1.1 * share + 0.45 * min(abs(lead), 4.0))))
    if lead > 0:
        return "positive", confidence
    if anger >= 2.0:
        return "angry", 1 / (1 + math.exp(-(0.2 + 0.6 * min(anger - 2.0, 4.0))))
    return "negative", confidence
