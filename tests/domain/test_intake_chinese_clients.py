"""Replies as the mail clients of China write them."""

import pytest

from yinuo.domain.intake import html_to_text, strip_reply

NEW = "您好，\n新换的屏幕还是闪，麻烦今天再安排师傅来看一下。\n谢谢！"

QUOTES = {
    "outlook": """
发件人: 一诺客服 <service@example.cn>
发送时间: 2026年3月1日 10:02
收件人: 王芳 <wang.fang@example.com>
抄送: 李雷 <li.lei@example.com>
主题: 答复: [SH202603010001] 屏幕闪烁

王女士您好，师傅已安排。""",
    "outlook with a rule": """
________________________________
发件人: 一诺客服 <service@example.cn>
已发送: 2026年3月1日 10:02
收件人: 王芳 <wang.fang@example.com>
主题: 屏幕闪烁

王女士您好""",
    "outlook plain text": """
-----邮件原件-----
发件人: 一诺客服 [mailto:service@example.cn]
发送时间: 2026年3月1日 10:02
收件人: 王芳
主题: 屏幕闪烁

王女士您好""",
    "foxmail": """

wang.fang@example.com

发件人： 一诺客服
发送时间： 2026-03-01 10:02
收件人： 王芳
主题： 屏幕闪烁
王女士您好，""",
    "qq": """


------------------ 原始邮件 ------------------
发件人: "一诺客服" <service@example.cn>;
发送时间: 2026年3月1日(星期日) 上午10:02
收件人: "王芳"<wang.fang@example.com>;

主题: 屏幕闪烁

王女士您好""",
    "qq with blanks that do not break": (
        "\n\n------------------\u00a0原始邮件\u00a0------------------\n发件人: service@example.cn\n正文"
    ),
    "qq on a phone": """

---原始邮件---
发件人: "一诺客服"<service@example.cn>
发送时间: 2026年3月1日(周日) 上午10:02
收件人: "王芳"<wang.fang@example.com>;
主题: 屏幕闪烁

正文""",
    "qq new": """

原始邮件

发件人：一诺客服 <service@example.cn>
发件时间：2026年3月1日 10:02
收件人：王芳 <wang.fang@example.com>
主题：屏幕闪烁

正文""",
    "wecom": """

------------------ Original ------------------
From:  "一诺客服"<service@example.cn>;
Date:  Sun, Mar 1, 2026 10:02 AM
To:  "王芳"<wang.fang@example.com>;
Subject:  屏幕闪烁

正文""",
    "netease": """

在 2026-03-01 10:02:33，"一诺客服" <service@example.cn> 写道：
>王女士您好
>师傅已安排""",
    "netease without marks": """

在 2026-03-01 10:02:33，"一诺客服" <service@example.cn> 写道：

王女士您好""",
    "netease in English": """

At 2026-03-01 10:02:33, "一诺客服" <service@example.cn> wrote:
>王女士您好""",
    "netease master": """

---- 回复的原邮件 ----
| 发件人 | 一诺客服<service@example.cn> |
| 发送日期 | 2026年03月01日 10:02 |
| 收件人 | 王芳<wang.fang@example.com> |
| 主题 | 屏幕闪烁 |
王女士您好""",
    "coremail": """

-----原始邮件-----
发件人:一诺客服 <service@example.cn>
发送时间:2026-03-01 10:02:33 (星期日)
收件人: wang.fang@example.com
抄送:
主题: 屏幕闪烁

正文""",
    "gmail": """

一诺客服 <service@example.cn> 于2026年3月1日周日 10:02写道：

> 王女士您好
> 师傅已安排""",
    "gmail over two lines": """

一诺客服售后服务中心华东区 <service-center-east@service.example.cn>
于2026年3月1日周日 10:02写道：

> 王女士您好""",
    "gmail traditional": """

一諾客服 <service@example.tw> 於 2026年3月1日 週日 上午10:02寫道：

> 王女士您好""",
    "gmail in English": """

On Sun, Mar 1, 2026 at 10:02 AM 一诺客服 <service@example.cn> wrote:

> 王女士您好""",
    "apple mail": """

> 在 2026年3月1日，上午10:02，一诺客服 <service@example.cn> 写道：
>
> 王女士您好""",
    "apple mail new": """

> 2026年3月1日 10:02，一诺客服 <service@example.cn> 写道：
>
> 王女士您好""",
    "iphone": """

发自我的 iPhone

> 在 2026年3月1日，10:02，一诺客服 <service@example.cn> 写道：
>
> ﻿王女士您好""",
    "apple mail in English": """

Sent from my iPhone

> On Mar 1, 2026, at 10:02, 一诺客服 <service@example.cn> wrote:
>
> 王女士您好""",
    "thunderbird": """

在 2026/3/1 10:02, 一诺客服 写道:
> 王女士您好""",
    "alibaba": """
------------------------------------------------------------------
发件人：一诺客服<service@example.cn>
日　期：2026年03月01日 10:02:33
收件人：王芳<wang.fang@example.com>
抄　送：李雷<li.lei@example.com>
主　题：屏幕闪烁

正文""",
    "dingtalk": """

来自钉钉邮箱客户端
------------------------------------------------------------------
发件人：一诺客服<service@example.cn>
发送时间：2026年3月1日(星期日) 10:02
收件人：王芳<wang.fang@example.com>
主　题：屏幕闪烁
正文""",
    "feishu": """

发件人: 一诺客服<service@example.cn>
日期: 2026年3月1日(周日) 10:02
主题: 屏幕闪烁
收件人: 王芳<wang.fang@example.com>
正文""",
    "sina": """

----- 原始邮件 -----
发件人：一诺客服 <service@example.cn>
收件人：wang.fang@example.com
主题：屏幕闪烁
日期：2026年03月01日 10点02分

正文""",
    "one line": ("\n\n发件人: 一诺客服 <service@example.cn> 发送时间: 2026年3月1日 收件人: 王芳 主题: 屏幕闪烁\n正文"),
}

SIGNATURES = [
    "发自我的iPhone",
    "发自我的 iPad",
    "发自 华为手机",
    "发自我的华为手机",
    "发自我的小米手机",
    "发自我的vivo智能手机",
    "来自我的华为手机",
    "发自我的企业微信",
    "发自QQ邮箱手机版",
    "发自网易邮箱大师",
    "来自 Outlook for Android",
    "获取 Outlook for iOS",
    "从 Windows 版邮件发送",
    "从我的 iPhone 发送",
    "從我的 iPhone 傳送",
    "签名由 网易邮箱大师 定制",
    "Sent from my iPhone",
    "-- \n王芳\n138 0000 0000",
]


@pytest.mark.parametrize("client", QUOTES)
def test_the_quoted_mail_of_each_client_goes(client: str) -> None:
    reply = strip_reply(NEW + QUOTES[client], subject="回复: 屏幕闪烁", sender="wang.fang@example.com", name="王芳")
    assert reply.text == NEW
    assert not reply.forwarded


@pytest.mark.parametrize("client", QUOTES)
def test_a_mail_that_only_quotes_says_nothing_new_or_keeps_what_it_cannot_tell(client: str) -> None:
    """Never a crash; a quoted header at the very top is kept, since it may be all the mail is."""
    reply = strip_reply(QUOTES[client].lstrip("\n"), subject="回复: 屏幕闪烁", sender="wang.fang@example.com")
    assert NEW not in reply.text


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signatures_go(signature: str) -> None:
    assert strip_reply(f"{NEW}\n\n{signature}\n").text == NEW


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signatures_above_a_quote_go(signature: str) -> None:
    assert strip_reply(f"{NEW}\n\n{signature}\n{QUOTES['netease']}").text == NEW


def test_the_senders_card_goes_and_other_closing_words_stay() -> None:
    card = f"{NEW}\n\n王芳\n采购部 | 上海某某有限公司\n电话 021-0000 0000"
    assert strip_reply(card, name="王芳").text == NEW
    assert strip_reply(f"{NEW}\n\n此致\n敬礼", name="王芳").text == f"{NEW}\n\n此致\n敬礼"


@pytest.mark.parametrize(
    "text",
    [
        "订单信息如下：\n收件人：王芳\n电话：13800000000\n地址：上海市某路 1 号",
        "时间：明天上午\n地点：家里\n请师傅带上 24 寸的屏。",
        "问题有两个\n-----\n1. 屏幕闪\n2. 没声音",
        "在 2026 年 3 月买的空调，说明书上写道：保修三年。为什么要收费？",
        "你们 3 月 1 日的邮件写道免费，今天师傅却收了 200 元。",
        "我从手机上发送了三次验证码都收不到",
        "来自苹果手机的照片传不上去，请问怎么办？",
    ],
)
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    assert strip_reply(text, subject="咨询").text == text


def test_answers_between_quoted_lines_stay_with_their_context() -> None:
    text = (
        '您好，答复见下：\n\n在 2026-03-01 10:02:33，"一诺客服" <service@example.cn> 写道：\n'
        "> 型号是什么？\nKT-300\n> 什么时候买的？\n去年五月\n"
    )
    assert strip_reply(text).text == "您好，答复见下：\n\n> 型号是什么？\nKT-300\n> 什么时候买的？\n去年五月"


def test_an_answer_below_the_quote_is_the_reply() -> None:
    text = '在 2026-03-01 10:02:33，"一诺客服" <service@example.cn> 写道：\n> 型号是什么？\n\nKT-300\n'
    assert strip_reply(text).text == "KT-300"


FORWARDS = {
    "gmail": "---------- Forwarded message ---------\n发件人： 供应商 <a@example.com>\n日期： 2026年3月1日周日 10:02\n"
    "主题： 报价\n收件人： 王芳 <wang.fang@example.com>\n\n报价 1200 元",
    "netease": "-------- 转发邮件信息 --------\n发件人：供应商 <a@example.com>\n发送日期：2026-03-01 10:02:33\n"
    "收件人：wang.fang@example.com\n主题：报价\n\n报价 1200 元",
    "netease master": "---- 转发的原邮件 ----\n| 发件人 | 供应商<a@example.com> |\n"
    "| 发送日期 | 2026年03月01日 10:02 |\n"
    "| 收件人 | 王芳<wang.fang@example.com> |\n| 主题 | 报价 |\n报价 1200 元",
    "outlook": "发件人: 供应商 <a@example.com>\n发送时间: 2026年3月1日 10:02\n收件人: 王芳\n主题: 报价\n\n报价 1200 元",
    "qq": '------------------ 原始邮件 ------------------\n发件人: "供应商" <a@example.com>;\n'
    '发送时间: 2026年3月1日(星期日) 上午10:02\n收件人: "王芳"<wang.fang@example.com>;\n主题: 报价\n\n报价 1200 元',
    "apple": "下面是被转发的邮件：\n\n发件人: 供应商 <a@example.com>\n主题: 报价\n日期: 2026年3月1日 10:02\n"
    "收件人: wang.fang@example.com\n\n报价 1200 元",
}


@pytest.mark.parametrize("client", FORWARDS)
def test_a_forwarded_mail_is_content(client: str) -> None:
    alone = strip_reply(FORWARDS[client], subject="转发: 报价")
    assert alone.forwarded
    assert alone.text.strip() == "报价 1200 元"
    with_words = strip_reply(f"请看下面的报价。\n\n{FORWARDS[client]}", subject="转发: 报价")
    assert with_words.forwarded
    assert with_words.text.startswith("请看下面的报价。")
    assert "供应商" in with_words.text
    assert with_words.text.endswith("报价 1200 元")


HTML = {
    "foxmail": '<html><body><div><span></span>您好，屏幕还是闪。</div><div><br></div><hr style="width: 210px">'
    '<div>wang.fang@example.com</div><blockquote style="margin-left:0.5em"><div>&nbsp;</div>'
    '<div style="border-top:solid #B5C4DF 1.0pt"><div><b>发件人：</b>&nbsp;<a href="mailto:service@example.cn">一诺客服'
    "</a></div><div><b>发送时间：</b>&nbsp;2026-03-01&nbsp;10:02</div><div><b>收件人：</b>&nbsp;王芳</div>"
    "<div><b>主题：</b>&nbsp;屏幕闪烁</div></div><div>王女士您好</div></blockquote></body></html>",
    "qq": "<div>您好，屏幕还是闪。</div><div><br></div><div><!--emptysign--></div><div><br></div>"
    '<div style="font-size:12px">------------------&nbsp;原始邮件&nbsp;------------------</div>'
    '<div style="background:#efefef"><div><b>发件人:</b> service@example.cn</div></div><div>王女士您好</div>',
    "netease": '<div style="line-height:1.7"><p style="margin:0">您好，屏幕还是闪。</p><br>'
    '<p>在 2026-03-01 10:02:33，"一诺客服" &lt;service@example.cn&gt; 写道：</p>'
    '<blockquote id="isReplyContent" style="border-left:#ccc 1px solid"><p>王女士您好</p></blockquote></div>',
    "gmail": '<div dir="ltr">您好，屏幕还是闪。</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    '一诺客服 &lt;<a href="mailto:service@example.cn">service@example.cn</a>&gt; '
    "于2026年3月1日周日 10:02写道：<br></div>"
    '<blockquote class="gmail_quote"><div>王女士您好</div></blockquote></div>',
    "outlook": '<div class="WordSection1"><p class="MsoNormal">您好，屏幕还是闪。<o:p></o:p></p><div>'
    '<div style="border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal">'
    '<b>发件人<span lang="EN-US">:</span></b> 一诺客服<br>'
    "<b>发送时间<span>:</span></b> 2026年3月1日 10:02<br><b>收件人<span>:</span></b> 王芳<br>"
    '<b>主题<span>:</span></b> 屏幕闪烁</p></div></div><p class="MsoNormal">王女士您好</p></div>',
}


@pytest.mark.parametrize("client", HTML)
def test_the_new_part_of_an_html_mail(client: str) -> None:
    text = html_to_text(HTML[client])
    assert strip_reply(text, subject="回复: 屏幕闪烁", sender="wang.fang@example.com").text == "您好，屏幕还是闪。"
