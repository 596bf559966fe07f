"""The signs by which mail clients mark what is quoted, forwarded or signed.

Chinese clients first (Outlook, Foxmail, QQ, WeCom, NetEase, Coremail, Alibaba, DingTalk, Feishu,
Apple, Gmail), then English, then the European languages customers write in.
"""

import re

# Lines that open a quoted mail by themselves.
SEPARATOR = re.compile(
    r"""^[>\s*|]*[-=_—–－]{2,}\s*
        (?:回复的?(?:原)?邮件|原始(?:邮件|信件|消息)|邮件原件|原邮件|原信|原始郵件|原始訊息
          |original\s+(?:message|mail|e-?mail|appointment)|original|reply\s+message
          |oprindelig\ meddelelse|urspr(?:ü|ue)ngliche\ (?:nachricht|mail)|message\ d'origine|mensaje\ original
          |mensagem\ original|messaggio\ originale|oorspronkelijk\ bericht|ursprungligt\ meddelande
          |opprinnelig\ melding|исходное\ сообщение|wiadomość\ oryginalna)
        \s*[-=_—–－]{2,}\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
BARE_SEPARATOR = re.compile(r"^\s*(?:原始邮件|原邮件|回复的原邮件)\s*[:：]?\s*$")

# Lines that open a forwarded mail: what follows is content.
FORWARD = re.compile(
    r"""^[>\s*]*(?:[-=_—–]{2,}\s*)
        (?:forwarded\s+(?:message|mail|by.*)|转发的?(?:原)?邮件(?:信息)?|转发的?(?:消息|信件)|邮件转发|轉寄的?郵件
          |轉寄郵件|weitergeleitete\ nachricht|message\ transféré|mensaje\ reenviado|messaggio\ inoltrato
          |doorgestuurd\ bericht|пересылаемое\ сообщение)
        \s*(?:[-=_—–]{2,}.*)?$
        |^[>\s*]*(?:begin\ forwarded\ message|(?:下面|以下)是(?:被)?转发的邮件
          |开始转发的邮件|被转发的邮件)\s*[:：]\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
FORWARD_SUBJECT = re.compile(
    r"^\s*(?:(?:re|回复|答复)\s*[:：]\s*)*(?:fwd?|转发|轉寄|转寄|wg|tr|rv|i)\s*[:：]", re.IGNORECASE
)

_LABELS = {
    "from": "发件人 寄件者 寄件人 发信人 发件者 from von de van da fra från od от від 差出人 보낸사람",
    "sent": (
        "发送时间 发件时间 发送日期 发件日期 日期 时间 寄件日期 已发送 已傳送 傳送時間 发信时间 "
        "sent date datum data gesendet "
        "envoyé enviado enviada fecha verzonden sendt dato skickat wysłano отправлено дата inviato "
        "送信日時 보낸날짜"
    ),
    "to": "收件人 收件者 收信人 to an à a para aan til till do кому per destinatario 宛先 받는사람",
    "subject": (
        "主题 主旨 标题 邮件主题 標題 subject betreff objet oggetto asunto assunto onderwerp emne ämne temat тема "
        "risposta 件名 제목"
    ),
    "cc": "抄送 抄送人 副本 cc kopie kopia копия copie 密送",
    "reply": "回复 回复至 回覆至 reply-to antwort-an répondre-à",
}
_KIND_OF = {label.rstrip(":"): kind for kind, labels in _LABELS.items() for label in labels.split()}
_LABEL_LINE = re.compile(r"^[>\s|*]*([^\s:：|*][^:：|*]{0,24}?)[\s*]*[:：|][\s*|]*(.*)$")
_INLINE_LABEL = re.compile(
    r"(发件人|发送时间|发件时间|发送日期|日期|收件人|抄送|主题|From|Sent|Date|To|Cc|Subject)\s*[:：]"
)


def label_of(line: str) -> str | None:
    """Which header line of a quoted mail this is: from, sent, to, cc, subject or reply."""
    found = _LABEL_LINE.match(line)
    if found is None:
        return None
    return _KIND_OF.get(re.sub(r"[\s\u3000]", "", found.group(1)).lower())


def run_together(line: str) -> bool:
    """Whether one line holds a whole quoted header (clients that drop the line breaks do that)."""
    if not re.match(r"^[>\s|*]*(?:发件人|From)\s*[:：]", line):
        return False
    return len({hit.group(1) for hit in _INLINE_LABEL.finditer(line[:2000])}) >= 3


_ADDRESS = r"<?[^\s<>]+@[^\s<>]+>?"
# “On … wrote:” in its languages; tried on up to six lines joined by blanks.
ATTRIBUTIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^(?:在|于|於)\s?\d{2,4}.{4,250}?(?:写道|寫道|写|撰写)\s?[:：]",
        r"^\d{4}\s?[年/-]\s?\d{1,2}.{4,250}?(?:写道|寫道)\s?[:：]",
        r"^.{0,120}?" + _ADDRESS + r"\s*(?:在|于|於)\s?.{0,4}\d{2,4}.{4,120}?(?:写道|寫道)\s?[:：]",
        r"^[^\s].{0,60}?\s(?:在|于|於)\s?\d{4}\s?[年/-].{4,120}?(?:写道|寫道)\s?[:：]",
        r"^(?:on|at)\s.{5,300}?\bwrote\s?[:：]",
        r"^(?:on|at)\s.{5,250}?" + _ADDRESS + r"\s?wrote\s?[:：]",
        r"^[^:：]{1,100}?" + _ADDRESS + r"\s?wrote\s?[:：]$",
        r"^(?:am|le|el|il|op|den|em|w dniu|dnia|on)\s.{5,250}?"
        r"\b(?:schrieb|a écrit|escribió|ha scritto|schreef|skrev|escreveu|napisał\(?a?\)?|pisze)\b.{0,200}?\s?[:：]$",
        r"^.{0,120}?"
        + _ADDRESS
        + r".{0,10}\s(?:schrieb am|skrev|schrieb|escribió|a écrit|пише|написал|ha scritto)\b.{0,100}[:：]$",
        r"^\S{2,4}\.?\s\d{1,2}\s\S{2,5}\.?\s\d{4}.{1,20}\bskrev\b.{1,200}[:：]$",
        r"^\d{1,2}[ .]\S{1,10}.{0,12}\d{4}.{1,200}(?:написал|пише|пишет|skrev|schrieb)\(?а?\)?\s?[:：]$",
        r"^.{0,40}\d{1,2}:\d{2}.{0,20}\sот\s.{1,200}[:：]$",
        r"^\d{4}[/-]\d{1,2}[/-]\d{1,2}\s.{1,200}<[^\s<>]+@[^\s<>]+>\s?[:：]?$",
        r"^\d{4}-\d\d-\d\d\s\d\d?:\d\d\sGMT[+-]\d\d:\d\d\s.{1,200}$",
    )
)
ATTRIBUTION_START = re.compile(
    r"^[>\s]*(?:在|于|於|\d{4}|on\s|at\s|am\s|le\s|el\s|il\s|op\s|den\s|em\s|w dniu|dnia|\d{1,2}[ .]|.{1,120}@"
    r"|\S{2,4}\.?\s\d{1,2}\s|\S{3},?\s\d|.{1,60}\s(?:在|于|於)\s?\d{4})",
    re.IGNORECASE,
)
# A line that may carry the end of an attribution, in its last part.
ATTRIBUTION_END = re.compile(
    r"(?:写道?|寫道|wrote|schrieb.*|écrit|escribió|scritto|geschreven|schreef.*|skrev.*|escreveu|napisał.*|pisze|пише|"
    r"пишет|написал.*|uhr|\sот\s.*|>)\s?[:：]\s*$|>\s*$|GMT[+-]\d\d:\d\d\s.*$",
    re.IGNORECASE,
)

_DEVICE = (
    r"(?:iphone|ipad|ipod|手机|平板|设备|华为|荣耀|小米|红米|oppo|vivo|三星|魅族|一加|realme|huawei|xiaomi|honor|samsung|android|安卓"
    r"|邮箱|邮件|mail|outlook|foxmail|钉钉|飞书|企业微信|客户端|网易|新浪|windows|mac\b)"
)
# A signature is no sentence: nothing in it asks, pauses or ends.
_FEW = r"[^，,。？?！!；;]{0,20}?"
MOBILE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:发自|来自|發自)\s?(?:我的)?\s?{_FEW}{_DEVICE}{_FEW}[。.]?$",
        rf"^(?:从|由|從)\s?(?:我的)?\s?{_FEW}{_DEVICE}{_FEW}(?:发送|传送|傳送|寄出|发出)[。.]?$",
        r"^(?:发送自|發送自|通过|使用).{0,30}" + _DEVICE + r".{0,20}(?:发送|发出)?[。.]?$",
        r"^(?:获取|下载|取得)\s?.{0,30}outlook.{0,80}$",
        r"^签名由.{0,20}(?:定制|生成)$",
        r"^本邮件(?:由|来自).{0,30}(?:发送|发出)[。.]?$",
        r"^[<(\[*_\s]*sent\s(?:from|via|by|with|using)\s(?:a|my|the)?\s?"
        r"(?:[\w'’+.\[\]()/:?=&-]+\s?){1,6}(?:<[^>]*>)?[>)\]*_\s]*[.,]?"
        r"(?:\s?(?:please|pls|excuse|sorry).{0,80})?$",
        r"^(?:from|sent from)\smy\s(?:\w+\s?){1,4}$",
        r"^(?:\w+\s){1,2}(?:from|via)\smobile$",
        r"^get\s\[?outlook\sfor\s(?:ios|android|mac).{0,120}$",
        r"^envoyé\s(?:de|depuis|à partir de)\s.{1,60}$",
        r"^von\smeinem\s.{1,60}\sgesendet\.?$",
        r"^gesendet\s(?:von|mit)\s.{1,60}$",
        r"^diese\snachricht\swurde\svon\smeinem\s.{1,60}gesendet\.?$",
        r"^enviado\s(?:desde|do|de)\s(?:mi|meu|minha)\s.{1,60}$",
        r"^inviato\sda\s.{1,60}$",
        r"^(?:verzonden|verstuurd)\s(?:met|vanaf|van)\s.{1,60}$",
        r"^sen(?:dt|t)\sfra\smin\s.{1,60}$",
        r"^skickat\sfrån\s(?:min|mitt)\s.{1,60}$",
        r"^wysłan[eo]\sz\s.{1,60}$",
        r"^отправлено\s(?:с|из)\s.{1,60}$",
    )
)
# “Sent from a magnificent torch of pixels” is somebody's own joke; a device or program is none.
SENT_FROM_OTHER = re.compile(
    (r"^sent\sfrom\s(?:a|the)\s(?!(?:\w+\s){0,2}(?:phone|mobile|device|tablet))"), re.IGNORECASE
)
SIGNATURE_LINE = re.compile(r"^(?:--|—|――|－－)\s*$")
RULE = re.compile(r"^[\s>*]*(?:[-_—=＿]{5,}|(?:\*\s?){3,})\s*$")
