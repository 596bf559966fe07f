"""What the gallery shows: one afternoon of an invented service desk. Every value is flat, as queries give them."""

# ruff: noqa: E501 - Chinese counts double; a sentence stays on its line

from datetime import datetime, timedelta
from typing import Any

from yinuo.web.components.shell import Banner, Link, Live, NavItem, PortalShell, Presence, Shell, Viewer, initial_of

Row = dict[str, Any]

DEMO = [("王敏", "一线客服", "敏"), ("李强", "客服主管", "强"), ("张磊", "技术工程师", "磊"), ("周岚", "管理员", "岚")]
LIMITS = [
    ("邮件答复", "全部来信", "收到", "2 小时", "服务时间", 96, "H2.1.1"),
    ("售后答复 · 普通", "售后", "受理", "2 小时", "服务时间", 94, "H2.3.1"),
    ("售后答复 · 紧急", "售后", "受理", "30 分钟", "全天候", 88, "H2.3.1"),
    ("派单", "售后 · 复杂或紧急", "受理", "10 分钟", "随答复", 91, "H2.3.2"),
    ("技术联系 · 复杂", "售后 · 复杂", "派单", "2 小时", "服务时间", 97, "H2.3.2"),
    ("普通问题解决", "售后 · 普通", "受理", "24 小时", "工作日昼夜", 92, "H2.3.1"),
    ("复杂问题分阶段方案", "售后 · 复杂", "受理", "72 小时", "工作日昼夜", 100, "H2.3.1"),
    ("回访", "售后", "解决", "48 小时", "工作日昼夜", 83, "H2.3.4"),
]


def iso(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")


def deadline(
    label: str,
    at: datetime,
    left: timedelta,
    *,
    warn: timedelta = timedelta(minutes=30),
    state: str = "running",
    **more: Any,
) -> Row:
    due = at + left
    return {"label": label, "due_iso": iso(due), "warn_iso": iso(due - warn), "state": state, **more}


def console_shell(at: datetime, here: str, *, live: str = "", banner: bool = False) -> Shell:
    return Shell(
        viewer=Viewer(id="0191-wang", name="王敏", role="一线客服 · 售后一组", presence="online"),
        here=here,
        nav=(
            NavItem("desk", "工作台", "layout-dashboard", "/desk"),
            NavItem("queue", "队列", "inbox", "/queue", count=12),
            NavItem("mine", "我的", "user-check", "/mine", count=5),
            NavItem("customers", "客户", "users", "/customers"),
            NavItem("improvements", "改进", "trending-up", "/improvements", count=2, wide_only=True),
            NavItem("knowledge", "知识库", "book", "/knowledge", wide_only=True),
            NavItem("figures", "指标", "chart-bar", "/figures", wide_only=True),
            NavItem("settings", "设置", "settings", "/settings", wide_only=True, last=True),
        ),
        now_iso=iso(at),
        company="澄川净水",
        live=Live(live) if live else None,
        banners=(
            Banner(
                "邮箱 service@chengchuan.example 已 12 分钟收不到信，上次出错：登录被拒绝。新来信暂时不会变成工单。",
                "warn",
                Link("查看邮箱设置", "/settings"),
            ),
        )
        if banner
        else (),
        search_url="/search",
        bell_url="/notices",
        bell_count=3,
        bell_topic="account:wang",
        presences=(
            Presence("online", "在线"),
            Presence("busy", "忙碌"),
            Presence("away", "暂离"),
            Presence("offline", "下线"),
        ),
        presence_url="/presence",
        profile_links=(Link("我的资料", "/me", "user-check"), Link("登录与安全", "/me/security", "shield-check")),
        login_url="/login",
        logout_url="/logout",
        language_url="/i18n",
    )


def portal_shell(at: datetime) -> PortalShell:
    return PortalShell(
        company="澄川净水",
        now_iso=iso(at),
        hotline="400-820-0199",
        hours="周一至周五 9:00–18:00",
        links=(Link("服务承诺", "/promises"), Link("隐私说明", "/privacy")),
        language_url="/i18n",
    )


def _row(number: str, subject: str, snippet: str, customer: tuple[str, str], owner: str, **more: Any) -> Row:
    channel = more.pop("channel", "mail")
    return {
        "id": number.lower(),
        "number": number,
        "url": "/ticket",
        "subject": subject,
        "snippet": snippet,
        "customer": customer[0],
        "customer_note": customer[1],
        "owner": owner or "待分配",
        "owner_initial": initial_of(owner) if owner else "",
        "channel_icon": channel,
        "unread": False,
        "fresh": False,
        "status_tone": "active",
        "status": "处理中",
        "step_note": "",
        **more,
    }


def queue_rows(at: datetime) -> list[Row]:
    m, h = timedelta(minutes=1), timedelta(hours=1)

    def ago(span: timedelta) -> str:
        return iso(at - span)

    return [
        _row(
            "SH202611210012",
            "净水器主机漏水，厨房地板已经泡了",
            "阀门关了还在滴，楼下邻居也上来找了，请马上派人",
            ("陈建国", "重点客户"),
            "",
            level=4,
            priority="紧急",
            step="受理与分类",
            status="待受理",
            unread=True,
            fresh=True,
            channel="phone",
            deadline=deadline("答复", at, -4 * m),
            updated_iso=ago(34 * m),
        ),
        _row(
            "SH202611210011",
            "换滤芯后出水很小，按说明重置过两次",
            "型号 CC-800G，昨天自己换的 RO 膜",
            ("刘芳", "一般客户"),
            "王敏",
            level=3,
            priority="高",
            step="派单",
            unread=True,
            deadline=deadline("派单", at, 6 * m + timedelta(seconds=20), warn=10 * m),
            updated_iso=ago(3 * m),
        ),
        _row(
            "TS202611210003",
            "安装师傅迟到三小时且态度差，要求说法",
            "约的上午九点，十二点才到，还让我自己搬旧机",
            ("北京锦程物业有限公司", "企业 · 重点客户"),
            "李强",
            level=4,
            priority="紧急",
            step="调查与分级",
            channel="message-circle",
            deadline=deadline("调查", at, 52 * m, warn=h),
            updated_iso=ago(18 * m),
        ),
        _row(
            "SH202611210009",
            "App 里看不到设备，提示“绑定失败 2003”",
            "换了手机之后就绑不上了",
            ("赵雨桐", "一般客户"),
            "王敏",
            level=2,
            priority="普通",
            step="解决方案",
            status="等客户答复",
            status_tone="waiting",
            channel="device-mobile",
            deadline=deadline("解决", at, 3 * h, state="paused", left_s=5 * 3600),
            updated_iso=ago(41 * m),
        ),
        _row(
            "SQ202611210007",
            "写字楼 60 台直饮机的方案和报价",
            "预算 30 万以内，12 月中旬前要装好",
            ("深圳云栖科技有限公司", "企业 · 意向客户"),
            "周倩",
            level=3,
            priority="高",
            step="方案与报价",
            channel="world-www",
            deadline=deadline("方案", at, 5 * h + 12 * m),
            updated_iso=ago(h),
        ),
        _row(
            "DD202611200031",
            "订单地址写错了一个门牌号，麻烦改一下",
            "应该是 3 号楼 1202，不是 3 号楼 1220",
            ("孙浩", "会员 · 银卡"),
            "何静",
            level=2,
            priority="普通",
            step="异常处理",
            channel="brand-wechat",
            deadline=deadline("处理结果", at, 2 * h + 5 * m),
            updated_iso=ago(2 * h),
        ),
        _row(
            "SH202611200044",
            "机器夜里有嗡嗡声，影响休息",
            "大约每小时响一次，每次两三分钟",
            ("吴晓燕", "一般客户"),
            "张磊",
            level=2,
            priority="普通",
            step="技术诊断",
            deadline=deadline("技术联系", at, h + 47 * m),
            updated_iso=ago(2 * h),
        ),
        _row(
            "SH202611200041",
            "水质检测笔读数偏高，想确认是否正常",
            "TDS 86，说明书写的是 50 以下",
            ("何志远", "会员 · 金卡"),
            "王敏",
            level=2,
            priority="普通",
            step="解决方案",
            deadline=deadline("解决", at, 21 * h),
            updated_iso=ago(4 * h),
        ),
        _row(
            "SH202611200038",
            "退货：收到的龙头和订单颜色不一致",
            "要的是拉丝银，收到黑色，包装没拆",
            ("马丽", "一般客户"),
            "何静",
            level=2,
            priority="普通",
            step="退换货",
            deadline=deadline("退换", at, 26 * h),
            updated_iso=ago(5 * h),
        ),
        _row(
            "ZX202611200019",
            "以旧换新活动到什么时候结束？",
            "家里是五年前的 CC-400",
            ("钱文", "潜在客户"),
            "周倩",
            level=1,
            priority="低",
            step="答复",
            status="等客户答复",
            status_tone="waiting",
            channel="messages",
            deadline=deadline("答复", at, -2 * h, state="met", done_iso=iso(at - 3 * h)),
            updated_iso=ago(6 * h),
        ),
        _row(
            "SH202611190052",
            "维修后第三天又不制热了",
            "上次换的温控器，单号 SH202611160021",
            ("黄俊杰", "一般客户"),
            "张磊",
            level=3,
            priority="高",
            step="二次处理",
            status="已重开",
            deadline=deadline("解决", at, 9 * h),
            updated_iso=ago(7 * h),
        ),
        _row(
            "SH202611190047",
            "发票抬头需要改成公司名称",
            "税号已附在邮件里，麻烦重开",
            ("上海和悦餐饮管理有限公司", "企业 · 一般客户"),
            "何静",
            level=1,
            priority="低",
            step="客户确认",
            status="已解决",
            status_tone="done",
            deadline=deadline("回访", at, 31 * h),
            updated_iso=ago(22 * h),
        ),
    ]


def messages(at: datetime) -> list[Row]:
    m = timedelta(minutes=1)
    return [
        {
            "id": "1",
            "kind": "them",
            "author": "刘芳",
            "initial": "芳",
            "channel": "邮件",
            "at_iso": iso(at - 96 * m),
            "text": "你好，\n\n昨天按说明书自己换了 RO 膜和后置滤芯，换完以后出水很小，接一杯水要两分多钟。我重置过两次滤芯提示灯，"
            "也试过把进水阀全开，都没有变化。\n\n型号是 CC-800G，去年 3 月装的。家里有老人，麻烦尽快看一下。\n\n刘芳",
            "html_url": "/mail/1",
            "files": [
                {"name": "出水情况.mp4", "size": "8.4 MB", "url": "/files/1", "icon": "file"},
                {"name": "滤芯接口.jpg", "size": "1.2 MB", "url": "/files/2", "icon": "photo"},
            ],
        },
        {
            "id": "2",
            "kind": "us",
            "author": "一诺",
            "role": "自动确认",
            "initial": "诺",
            "at_iso": iso(at - 95 * m),
            "text": "来信已收到，工单号 SH202611210011，我们在今天 14:40 前答复您。",
            "state": "sent",
            "state_text": "已送达",
        },
        {
            "id": "h1",
            "happening": True,
            "icon": "user-share",
            "text": "按技能与负荷分配给 王敏（售后一组，手上 4 件）",
            "at_iso": iso(at - 95 * m),
        },
        {
            "id": "3",
            "kind": "us",
            "author": "王敏",
            "initial": "敏",
            "at_iso": iso(at - 70 * m),
            "recipients": "发给 liufang@mail.example",
            "text": "刘女士您好，我是澄川净水客服王敏，您的问题由我跟进。\n\n我核对一下：您昨天换了 RO 膜和后置滤芯，之后出水变小，重置和开大进水阀都没有用。这样理解对吗？"
            "另外想请您看一下：主机右侧的压力表现在指到多少？",
            "state": "sent",
            "state_text": "已送达",
        },
        {
            "id": "4",
            "kind": "them",
            "author": "刘芳",
            "initial": "芳",
            "channel": "邮件",
            "at_iso": iso(at - 12 * m),
            "text": "对的。压力表指在 0.15 左右，比以前低很多，以前都在 0.4。",
            "quoted": "王敏 写道：\n> 刘女士您好，我是澄川净水客服王敏……",
        },
        {
            "id": "5",
            "kind": "note",
            "author": "王敏",
            "initial": "敏",
            "at_iso": iso(at - 6 * m),
            "text": "压力 0.15，怀疑增压泵或进水电磁阀，不是滤芯。客户家有老人，按复杂问题派给技术，@张磊 看下能不能今天联系。",
        },
        {
            "id": "h2",
            "happening": True,
            "icon": "flag",
            "text": "问题类型改为 功能故障 · 复杂，派单时限从现在起算",
            "at_iso": iso(at - 4 * m),
        },
    ]


def steps(at: datetime) -> list[Row]:
    m = timedelta(minutes=1)
    return [
        {"id": "1", "title": "受理与分类", "state": "done", "done_iso": iso(at - 70 * m)},
        {
            "id": "2",
            "title": "派单",
            "state": "now",
            "version": 7,
            "post_url": "/step",
            "submit_label": "派单给技术",
            "guide": "一线解决不了的，写清已做过的检查，派给技术。技术要在 2 小时内联系客户。",
            "deadlines": [deadline("派单", at, 6 * m + timedelta(seconds=20), warn=10 * m, explain_url="/explain")],
        },
        {"id": "3", "title": "技术诊断", "state": "next", "role": "技术"},
        {"id": "4", "title": "解决方案与处理", "state": "next", "role": "技术、工程师"},
        {"id": "5", "title": "客户确认与回访", "state": "next", "role": "客服"},
        {"id": "6", "title": "审核归档", "state": "next", "role": "审核"},
    ]


def notices(at: datetime) -> list[Row]:
    m = timedelta(minutes=1)
    return [
        {
            "url": "/ticket",
            "icon": "clock-exclamation",
            "tone": "bad",
            "unread": True,
            "at_iso": iso(at - 4 * m),
            "text": "SH202611210012 的答复已超时，工单还没有负责人",
        },
        {
            "url": "/ticket",
            "icon": "clock",
            "tone": "warn",
            "unread": True,
            "at_iso": iso(at - 5 * m),
            "text": "SH202611210011 的派单时限还有不到 10 分钟",
        },
        {
            "url": "/ticket",
            "icon": "mail",
            "tone": "",
            "unread": True,
            "at_iso": iso(at - 12 * m),
            "text": "刘芳 回复了 SH202611210011",
        },
        {
            "url": "/ticket",
            "icon": "star",
            "tone": "",
            "unread": False,
            "at_iso": iso(at - 200 * m),
            "text": "何志远 给 SH202611180033 打了 5 分：“讲得很清楚”",
        },
    ]
