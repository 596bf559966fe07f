"""Questions: before buying, about use, about rules, about accounts; wishes for the product."""

from yinuo.config.demo.texts.family import Family

ENQUIRIES: tuple[Family, ...] = (
    Family(
        "how_to",
        kinds=("robot", "panel", "lock", "air_purifier"),
        weight=9,
        openings=(
            ("{product}怎么配网", "请问{full}怎么连家里的WiFi？我按说明书长按了三秒没有反应。"),
            ("怎么给家人添加权限", "想给我父母也装上App，怎么把{product}共享给他们？不想让他们能删除设备。"),
            ("{product}怎么设定时", "{product}想设成工作日早上{time}自动开始，周末不动，在哪里设置？"),
            ("{product}恢复出厂", "{product}要送给朋友用，怎么恢复出厂设置，把我的信息清掉？"),
        ),
        answers=(
            "{customer}您好，我是客服{agent}。在App里打开设备，右上角“更多—家庭共享”，输入对方手机号，权限选“使用”就不能删除设备。",
            "{customer}您好，请长按侧面的按键七秒，听到提示音、蓝灯快闪再松手，然后在App里点“添加设备”。三秒是重启，不是配网。",
            "{customer}您好，路径是App—设备—定时—新建，重复那里勾选周一到周五。恢复出厂在“更多—设备信息”最下面。",
        ),
        more=(
            "找到了，谢谢！",
            "按七秒可以了，说明书上写的三秒，你们该改一下。",
            "还有一个问题：共享以后对方能看到记录吗？",
        ),
        solved=("{customer}您好，操作步骤已发给您并确认设置成功，对方只有使用权限，看不到历史记录。",),
        solution=("指导家庭共享和权限设置", "指导配网", "指导设置定时"),
        way="knowledge",
    ),
    Family(
        "how_to",
        kinds=("dishwasher", "cooker", "washer", "fridge"),
        weight=5,
        openings=(
            ("{product}第一次使用问题", "新买的{product}第一次用，需要先空转一遍吗？要放什么？"),
            ("{product}怎么清洗", "请问{product}内胆和密封圈怎么清洗，可以用小苏打吗？"),
            ("{product}功能键什么意思", "{product}面板上“{code}”这个键是什么意思，说明书里没找到。"),
        ),
        answers=(
            "{customer}您好，我是客服{agent}。第一次使用请先空运行一次，不放任何东西；之后按容量放。小苏打可以用，不要用钢丝球。",
            "{customer}您好，这个键是“预约”，长按两秒进入，转动旋钮选时间。电子说明书已附上，第12页有图。",
        ),
        more=("明白了，谢谢。", "说明书收到了，很清楚。"),
        solved=("{customer}您好，使用方法已说明，电子说明书也发到您邮箱了。",),
        solution=("说明首次使用和清洗方法",),
        way="knowledge",
    ),
    Family(
        "policy_enquiry",
        weight=7,
        kinds=("water_heater", "air_conditioner", "washer", "robot", "fridge"),
        openings=(
            ("保修期怎么算", "{full}是{date}买的，保修是从购买那天算还是安装那天算？主机和配件一样吗？"),
            ("搬家移机收费吗", "准备搬家，{product}要移机，你们提供服务吗？怎么收费？会不会影响保修？"),
            ("以旧换新还能参加吗", "想参加以旧换新，旧机器不是你们品牌的可以吗？需要什么手续？"),
            ("延保怎么买", "{product}快过保了，可以买延保吗？多少钱一年？"),
        ),
        answers=(
            "{customer}您好，我是客服{agent}。整机保修从安装之日起算，没有安装记录的按发票日期；压缩机和内胆另有六年、八年保修，条款附在邮件里。",
            "{customer}您好，移机由我们的工程师做不影响保修，市内一次280元，含拆装，不含高空和延长管。",
            "{customer}您好，任何品牌都可以参加以旧换新，凭身份信息在门店或App登记即可，补贴以当地当月公布的为准。",
        ),
        more=("那我先登记一下，谢谢。", "好的，清楚了。"),
        solved=("{customer}您好，政策已说明并把条款发给您，如需办理直接回复这封邮件即可。",),
        solution=("说明保修起算和条款", "说明移机收费和保修影响", "说明以旧换新手续"),
        way="knowledge",
    ),
    Family(
        "account_enquiry",
        weight=5,
        openings=(
            ("App登录不了", "一诺家App提示“账号异常”，验证码也收不到，手机号没换过。"),
            ("换了手机号怎么改", "我的手机号换了，App里绑定的还是旧号，怎么改？旧号已经停机收不了短信。"),
            ("怎么注销账号", "想注销App账号，设备已经送人了，请问在哪里操作？"),
            ("会员积分少了", "上个月还有{count}积分，今天看只剩一半，是过期了吗？"),
        ),
        answers=(
            "{customer}您好，我是客服{agent}。验证码收不到一般是被短信拦截了，请在手机拦截记录里找一下；也可以在登录页选“语音验证码”。",
            "{customer}您好，换绑可以走“找回账号”，用购买时的订单号核实身份。请不要在邮件里发身份证号和银行卡号。",
        ),
        more=("在拦截记录里找到了，可以登录了。", "订单号是{order}，请帮我核实。"),
        solved=(
            "{customer}您好，账号已恢复正常登录，绑定号码已更新。",
            "{customer}您好，积分按规则满十二个月到期，明细已发给您。",
        ),
        solution=("核实身份后更换绑定手机", "指导接收语音验证码", "说明积分到期规则并发送明细"),
    ),
    Family(
        "product_enquiry",
        weight=7,
        kinds=("air_conditioner", "purifier", "dishwasher", "lock", "robot", "fridge"),
        openings=(
            ("{product}选型请教", "家里{count}个人，厨房比较小，想买{full}，请问尺寸多大，需要预留什么接口？"),
            ("{model}和上一代有什么区别", "看到新款{model}，和旧款比有什么不同？噪音会不会小一些？"),
            ("{product}支持接入别的平台吗", "请问{product}能不能接入第三方智能家居平台？我家灯和窗帘是别的牌子。"),
            ("写字楼用{product}推荐", "我们公司在{place}装修，大概{count}间办公室，想了解{product}，请发一份资料。"),
        ),
        answers=(
            "{customer}您好，我是一诺售前顾问{agent}。尺寸图和预留要求见附件，进水、排水、电源各一处。您方便的话发一张厨房照片，我帮您看放得下放不下。",
            "{customer}您好，新款主要是变频压缩机和更低的噪音（夜间24分贝），外形尺寸不变。两款的对照表附在邮件里。",
            "{customer}您好，支持标准协议接入，灯和窗帘可以联动，设置方法我附了一份说明。",
        ),
        more=("照片发您了，麻烦看看。", "对照表看到了，再考虑一下，谢谢。", "有没有样板间可以看？"),
        solved=("{customer}您好，按您的情况推荐{model}，预留位置和尺寸已标在图上；需要下单随时联系我。",),
        solution=("发送尺寸图和选型建议", "发送新旧款对照表", "发送接入说明"),
        way="knowledge",
    ),
    Family(
        "price_quote",
        weight=6,
        kinds=("air_conditioner", "purifier", "water_heater", "lock", "fridge"),
        openings=(
            ("采购{count}台{product}报价", "我司需要采购{full}{count}台，请提供含税含安装的报价和交货期，开专票。"),
            ("{product}现在什么价", "请问{model}现在多少钱？双十一的价格还有吗？"),
            ("民宿批量采购", "我们在{place}有一家民宿，想换{count}台{product}，有没有企业价？"),
        ),
        answers=(
            "{customer}您好，我是一诺售前{agent}。{count}台可以走企业价，含安装、含13%专票，交货期{days}天；正式报价单今天下班前发您。",
            "{customer}您好，目前活动价到月底，单台安装免费，材料费另计。需要的话我给您锁定价格三天。",
        ),
        more=("请把付款方式也写进去。", "收到，等领导确认。"),
        solved=("{customer}您好，报价单已发送，有效期十五天，付款方式按三七开写明了。",),
        solution=("发送正式报价单，有效期15天",),
        way="knowledge",
    ),
    Family(
        "improvement_request",
        weight=4,
        kinds=("robot", "panel", "washer", "cooker"),
        openings=(
            ("建议增加功能", "建议{product}增加“完成后不提示音”的选项，晚上用太响了，老人小孩都会被吵醒。"),
            ("{product}希望支持更多语言", "公司有外籍同事，{product}希望面板支持英文，目前只有中文。"),
            ("App体验建议", "App首页要点三次才到{product}，能不能支持桌面小组件？另外深色模式下字看不清。"),
        ),
        answers=(
            "{customer}您好，我是客服{agent}，谢谢您的建议。已转产品经理评估，一周内告诉您是否安排。临时办法是在设置里把音量调到最低。",
        ),
        more=("好的，期待更新。",),
        solved=("{customer}您好，产品部已把“静音完成”排进下个版本，预计下月推送，升级后在设置—声音里打开。",),
        solution=("建议已采纳，排入下个版本",),
        way="change",
    ),
)
