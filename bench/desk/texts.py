"""Chinese requests for measurements: unique, of 100 to 400 characters, with the peers' search words in them.

Standard library only: the peer's own environment loads it too.
"""

import random

SEARCH_WORDS = (
    "退款", "投诉", "发票", "换货", "蓝牙耳机", "热水器",
    "智能手表", "重复扣款", "按键失灵", "翻译笔", "满意度", "回访",
)  # fmt: skip
PRODUCTS = (
    ("蓝牙耳机", 9), ("热水器", 9), ("智能手表", 8), ("扫地机器人", 7), ("空气净化器", 7), ("电饭煲", 6),
    ("滚筒洗衣机", 6), ("净水器", 6), ("投影仪", 5), ("油烟机", 5), ("电动牙刷", 5), ("机械键盘", 4), ("翻译笔", 2),
)  # fmt: skip
TROUBLES = (
    ("按键失灵，按下去没有任何反应", 4), ("充电一整晚还是开不了机", 8), ("用了不到两周就自动断电", 8),
    ("显示屏上一直是E2，说明书里查不到", 7), ("底部漏水，柜子里都是水", 7), ("连不上家里的网络，重置以后也一样", 8),
    ("声音断断续续，左边完全没有声音", 7), ("送来的时候外包装已经破损", 6), ("颜色和订单上写的不一样", 5),
    ("银行卡被重复扣款两次", 4), ("收到的是别人的型号", 5), ("噪音特别大，晚上没法休息", 6), ("配件少了一个滤芯", 6),
)  # fmt: skip
WISHES = (
    ("希望尽快退款，款项原路返回", 22), ("想申请换货，请告诉我地址", 15), ("请开具增值税发票，抬头和税号随后补上", 12),
    ("请安排师傅上门检查", 14), ("如果今天没有答复我会投诉", 8), ("麻烦先说明原因再谈怎么处理", 10),
    ("请让负责售后的同事联系我", 9), ("希望有人回访确认处理结果", 5), ("上次的满意度调查我也如实填写了", 5),
)  # fmt: skip
FILLERS = (
    "订单是上个月在官网下的，当时客服说七天之内有问题都可以处理。",
    "我已经按照说明书把步骤从头到尾做了三遍，结果还是一样。",
    "家里有老人和孩子，这几天生活很不方便，请理解我们的着急。",
    "之前打过一次电话，接线的同事说会登记，但是之后没有任何消息。",
    "照片和录像都可以提供，需要的话请告诉我发到哪里。",
    "同事去年买的同一款一直很好用，所以我才放心选了这个牌子。",
    "白天要上班，晚上六点以后或者周末联系比较方便。",
    "快递签收的时候驿站没有让当面开箱，回家才发现问题。",
    "我不想为难谁，只希望事情能有一个明确的时间和说法。",
    "保修卡和购买凭证都在，序列号贴在机身背面。",
    "网上看到别人也遇到过类似的情况，不知道是不是同一批次。",
    "如果要寄回检测，运费由谁承担也请一并说明。",
)


def request(number: int) -> tuple[str, str]:
    """Subject and body of the request of this number; the same number always gives the same."""
    chance = random.Random(number)
    product, trouble, wish = _one(chance, PRODUCTS), _one(chance, TROUBLES), _one(chance, WISHES)
    length = chance.randint(100, 380)
    parts = [f"您好，我买的{product}{trouble}，{wish}。"]
    while sum(map(len, parts)) < length:
        parts.append(chance.choice(FILLERS) if chance.random() < 0.8 else f"另外，{_one(chance, WISHES)}。")
    body = "".join(parts)[:390]
    return f"{product}：{trouble[:14]}", f"{body}（{number}）"


def reply(number: int) -> str:
    """An answer of the desk."""
    chance = random.Random(-number)
    body = "".join(chance.sample(FILLERS, 3))
    return f"您好，关于您反映的{_one(chance, PRODUCTS)}问题，我们已经登记。{body}我们会在一个工作日内再次与您联系。"


def _one(chance: random.Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([text for text, _ in weighted], [weight for _, weight in weighted])[0]
