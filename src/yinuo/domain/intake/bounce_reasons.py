"""Why a mail was not delivered, in one word (the vocabulary of Sisimai, which mail people know).

Words first, since most servers say more in the sentence than in the status; then RFC 3463 status;
then the reply code. "undefined" where nothing tells.
"""

import re

_WORDS: tuple[tuple[str, str], ...] = (
    (
        "mailboxfull",
        r"mailbox.{0,30}(?:full|exceed|over)|mail(?:folder|box)? (?:is )?full|over ?quota|quota (?:exceed"
        r"|exhaust|full)"
        r"|exceed\w* (?:\w+ ){0,4}(?:quota|storage|mailbox|allocation)|exceeded the (?:local )?limit"
        r"|exceeding their quota"
        r"|disk (?:space|quota) (?:exceed|exhaust|full|limit)|out of storage|insufficient (?:\w+ )?(?:storage|space)"
        r"|storage (?:limit|space|allocation)|maildir .{0,30}quota|account (?:is )?(?:full|over)"
        r"|too (?:many|much) mail data"
        r"|(?:disc|disk) quota|quota\.? ?$|user'?s? disk|boîte .{0,20}pleine"
        r"|邮箱(?:已满|空间不足|容量)|空间已满|超过.{0,6}容量"
        r"|exceeded (?:\w+ )?limit.{0,20}mailbox|mailbox (?:size|space)",
    ),
    (
        "suspend",
        r"(?:account|mailbox|user|recipient)\S* .{0,40}(?:disabled|suspended|discontinued|inactive|locked"
        r"|deactivated|not active|temporarily unavailable)"
        r"|(?:disabled|suspended|inactive|blocked|deactivated|closed) (?:recipient|account|user|mailbox)|not active"
        r"|账号.{0,6}(?:停用|禁用|冻结)|mailbox (?:currently )?(?:suspended|frozen)|account expired",
    ),
    (
        "spamdetected",
        r"spam|junk mail|unsolicited|looks like .{0,20}(?:ube|uce)|bulk mail"
        r"|content (?:is )?(?:rejected as|similar to)|spf .{0,20}spam"
        r"|垃圾邮件|blacklisted (?:url|content)|message content rejected|rule imposed",
    ),
    ("virusdetected", r"virus|malware|infected|malicious|illegal attachment|bad attachment|unwanted file"),
    (
        "toomanyconn",
        r"too many (?:connections|concurrent|sessions|simultaneous)|connection rate|concurrent connection"
        r"|exceeded (?:its|the) maximum .{0,20}connection"
        r"|throttl|connections? per|sending rate|rate limit|too frequent|frequency limited|过于频繁|频率",
    ),
    (
        "mesgtoobig",
        r"(?:message|mail|size|length|e-?mail) .{0,30}(?:too (?:big|large)|exceeds? .{0,30}(?:limit"
        r"|maximum|size|fixed))"
        r"|message (?:size|length) exceed|exceeds? (?:the )?(?:maximum|max|size)|size limit|邮件过大|超过.{0,10}大小",
    ),
    (
        "notaccept",
        r"does(?: not|n.t) (?:accept|receive) (?:any )?(?:mail|email)|null ?mx|no mx (?:record|found)"
        r"|domain .{0,30}not accept|mail service (?:is )?(?:not|un)available"
        r"|smtp protocol (?:is )?(?:not|diff)|host does not accept|name server: .: host not found",
    ),
    (
        "hostunknown",
        r"host (?:\S+ ){0,3}(?:unknown|not found)|unknown host|domain .{0,60}(?:not found|does(?:n't"
        r"| not) exist|invalid|unknown)|nxdomain"
        r"|name service error .{0,60}not found|no such (?:host|domain)|invalid domain\b|unrouteable"
        r"|bad destination (?:system|host)"
        r"|host or domain name not found|couldn't find any host|dns (?:error|lookup failure)"
        r"|not find a (?:mail )?(?:gateway|exchanger)"
        r"|couldn't find a mail exchanger|no (?:such )?(?:mail )?(?:route|exchanger)|illegal host"
        r"|domain is not reachable|address lookup .{0,30}failed|域名(?:不存在|解析)",
    ),
    (
        "hasmoved",
        r"has moved|no forwarding address|address changed|replaced (?:by|user)|no longer (?:here|at this)"
        r"|user (?:has )?left",
    ),
    (
        "norelaying",
        r"relay(?:ing)? (?:access |not |is |operation )?(?:denied|permitted|allowed|prohibited|rejected)"
        r"|not (?:allowed|permitted) to relay"
        r"|unable to relay|relay(?:ing)? mail|rcpthosts|insecure mail relay|no relaying"
        r"|mail server requires authentication",
    ),
    (
        "securityerror",
        r"(?:dmarc|dkim)|authentication (?:required|failed|is required|turned on)|unauthenticated"
        r"|not authori[sz]ed|authori[sz]ation failed|starttls"
        r"|tls (?:required|is required|negotiation)|encryption|certificate|unauthori[sz]ed|codes? (?:and"
        r"|&) security|privacy policy",
    ),
    (
        "blocked",
        r"black ?-?list|block ?-?list|blocklist|\brbl\b|dnsbl|spamhaus|spamcop|barracuda|reputation|banned"
        r"|ip (?:address )?.{0,40}(?:block|reject|banned|denied|not allowed|listed)"
        r"|(?:reverse|rdns|ptr|hostname).{0,40}(?:fail|not found|invalid|missing|required|lookup|unknown"
        r"|does not|forged|forward)|client host .{0,60}(?:rejected|blocked)|access denied"
        r"|(?:helo|ehlo) .{0,40}(?:reject|invalid|denied|mismatch)|blocked (?:by|using|for|because)"
        r"|connection (?:refused|dropped|reset) .{0,20}(?:policy|because)|cannot find your (?:hostname"
        r"|reverse)"
        r"|my name was rejected|fix reverse dns|no reverse dns|invalid ip for sending|拒收.{0,10}(?:ip|来源)"
        r"|黑名单|you are not allowed to connect|not accepting connections|connections not accepted"
        r"|service refused|refused to talk|unverifyable sending"
        r"|messages from \d+\.\d+\.\d+\.\d+ .{0,30}(?:weren|were not|deferred)|use the smtp server of your"
        r"|service (?:currently )?unavailable.{0,20}\[",
    ),
    (
        "rejected",
        r"sender (?:address )?(?:\S+ )?.{0,40}(?:reject|denied|invalid|verify failed|verification failed"
        r"|unknown|blocked|not allowed|refused)|rejected.{0,12}sender|return path|envelope (?:sender|from)"
        r"|mail from .{0,30}(?:denied|reject|not)|from address|invalid sender|domain of sender"
        r"|you do not have permission|may not be permitted|permission to post|not allowed to (?:send|post)"
        r"|not accept (?:mail|messages) from|sender domain|unresolvable (?:sender|domain)|unrout\w+ sender"
        r"|backscatter",
    ),
    (
        "policyviolation",
        r"policy|not allowed|prohibited|(?:rfc|header)s? .{0,30}(?:violation|invalid|required|missing"
        r"|compliant)|multiple (?:from|sender|to) headers|duplicate header|local policy"
        r"|rejected by .{0,20}rule|administrative prohibition"
        r"|you have been unsubscribed",
    ),
    (
        "userunknown",
        r"user ?(?:\S+ )?(?:unknown|not found|does(?:n't| not) exist|not known|is not known)"
        r"|unknown (?:\S+ )?(?:user|recipient|local|address|mailbox)|no such (?:user|address|recipient"
        r"|mailbox|person|account|local)"
        r"|does(?:n't| not) (?:exist|have an? .{0,40}account)|(?:recipient|address|mailbox|user"
        r"|account).{0,60}(?:not found|not exist|unknown|not recogni[sz]ed|invalid|not listed|no longer"
        r"|unavailable|not (?:a )?valid)"
        r"|invalid (?:recipient|mailbox|address|user)|not (?:a|our) (?:valid |known )?(?:customer|user"
        r"|mailbox|recipient)|no (?:valid|mailbox) (?:recipient|here|by)|not listed in|address not found"
        r"|no account by|no valid recipients"
        r"|not a known user|recipient .{0,30}reject|could not be found|n'existe pas|不存在|未找到|查无此人|无此用户"
        r"|bad destination mailbox|there is no (?:user|one)|unknown-?user|user not|not unique",
    ),
    (
        "filtered",
        r"filter|recipient not found|because the recipient|refused by|rejected by the recipient"
        r"|is not accepting (?:mail|messages)|not permitted by recipient|因.{0,10}收件人.{0,10}拒",
    ),
    (
        "networkerror",
        r"loop(?:s|ed|ing)? (?:back|detect)|routing loop|mail loop|too many hops|hop count|maximum hop"
        r"|network (?:error|unreachable|is unreachable)|cannot resolve|routing|temporary lookup"
        r"|domain .{0,20}loop|lost connection|dns query failed|malformed or unexpected name server reply"
        r"|messages? looped|server for .{0,30}loop",
    ),
    (
        "expired",
        r"retry time(?:out)?|time(?:d)? ?-?out|expired|too long|delivery attempts|has been delayed|delayed"
        r"|not (?:yet )?been delivered|will (?:be retried|keep trying)|giving up|attempts"
        r"|connection refused|could not be delivered (?:for|within)"
        r"|no route to host|accept our requests to connect|not (?:been )?collected|deferred"
        r"|temporarily (?:unavailable|deferred)|try again|in the queue|connection (?:refused|timed|lost"
        r"|reset)|host .{0,30}(?:refused|down)",
    ),
    (
        "mailererror",
        r"command (?:failed|output|died)|exit (?:status|code)|mailer error|pipe to|local delivery failed"
        r"|procmail|exited",
    ),
    (
        "systemerror",
        r"system (?:error|resources)|internal (?:error|server)|server (?:error|configuration)"
        r"|unable to contact|i/o error|temporary (?:local|server|system)|local error|server busy|ldap"
        r"|service not available|system config",
    ),
    ("systemfull", r"system (?:storage|disk)|disk (?:is )?full"),
    ("contenterror", r"content (?:error|reject|format)|mime|8bit|improper|line too long|bare (?:lf|cr)|attachment"),
    ("syntaxerror", r"syntax|malformed|bad sequence|unrecogni[sz]ed command|command not"),
)
_RULES = tuple((name, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for name, pattern in _WORDS)

_STATUS = {
    "1.0": "userunknown", "1.1": "userunknown", "1.2": "hostunknown", "1.3": "userunknown", "1.4": "filtered",
    "1.6": "hasmoved", "1.7": "rejected", "1.8": "rejected", "1.9": "rejected", "1.10": "userunknown",
    "2.0": "filtered", "2.1": "suspend", "2.2": "mailboxfull", "2.3": "mesgtoobig", "2.4": "filtered",
    "3.0": "systemerror", "3.1": "systemfull", "3.2": "notaccept", "3.3": "systemerror", "3.4": "mesgtoobig",
    "3.5": "systemerror",
    "4.0": "networkerror", "4.1": "expired", "4.2": "networkerror", "4.3": "systemerror", "4.4": "hostunknown",
    "4.5": "expired", "4.6": "networkerror", "4.7": "expired",
    "5.0": "syntaxerror", "5.1": "syntaxerror", "5.2": "syntaxerror", "5.3": "toomanyconn",
    "6.0": "contenterror", "6.1": "contenterror", "6.2": "contenterror", "6.3": "contenterror", "6.6": "contenterror",
    "7.0": "blocked", "7.1": "policyviolation", "7.2": "filtered", "7.5": "securityerror", "7.7": "securityerror",
    "7.13": "suspend", "7.17": "hasmoved", "7.20": "securityerror", "7.21": "securityerror", "7.23": "securityerror",
    "7.25": "blocked", "7.26": "securityerror", "7.27": "rejected", "7.28": "toomanyconn",
}  # fmt: skip
# Sent by the status alone: the sentence beside these is a form letter.
_SURE = frozenset({"1.1", "1.2", "1.6", "1.10", "2.2", "2.3", "3.4", "7.13", "7.25", "7.26", "1.8"})
_CODES = {"421": "expired", "450": "expired", "451": "systemerror", "452": "mailboxfull", "501": "syntaxerror",
          "550": "userunknown", "551": "userunknown", "552": "mailboxfull", "553": "userunknown"}  # fmt: skip

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.#-])([45]\d\d)(?=[ :,\-]|$)")


def reason(said: str, status: str, *, delayed: bool = False) -> str:
    """The reason in one word, from the sentence, the status and whether delivery still goes on."""
    detail = status.partition(".")[2]
    if detail in _SURE:
        return _STATUS[detail]
    sentence = re.sub(r"\s+", " ", said)[:4000]
    for name, rule in _RULES:
        if rule.search(sentence):
            return name
    if delayed:
        return "expired"
    if detail in _STATUS and not detail.endswith(".0"):
        return _STATUS[detail]
    code = _REPLY.search(sentence)
    if code is not None and code.group(1) in _CODES:
        return _CODES[code.group(1)]
    return _STATUS.get(detail, "undefined") if detail else "undefined"


def code_in(said: str) -> str:
    """The enhanced status in a sentence, else its SMTP reply code, else ""."""
    found = _ENHANCED.search(said)
    if found is not None:
        return found.group(1)
    reply = _REPLY.search(said)
    return "" if reply is None else reply.group(1)


def is_permanent(code: str, action: str) -> bool | None:
    """Whether trying again is of no use; None where neither code nor action tells."""
    if action == "delayed":
        return False
    if code[:1] in ("4", "5"):
        return code[0] == "5"
    return True if action == "failed" else None
