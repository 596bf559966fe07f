"""Orders on their way: changes, delivery, installation, returns, refunds, invoices."""

from yinuo.config.demo.texts.family import Family

ORDERS: tuple[Family, ...] = (
    Family(
        "order_change",
        weight=5,
        kinds=("air_conditioner", "fridge", "washer", "dishwasher"),
        openings=(
            ("订单{order}改地址", "订单{order}下单时地址选错了，应该送到{place}，还没发货，麻烦改一下。"),
            ("想换颜色", "订单{order}买的{product}想从白色换成灰色，还来得及吗？"),
            ("推迟送货", "订单{order}的{product}请推迟到下个月送，房子还没装修好。"),
        ),
        answers=(
            "{customer}您好，我是订单专员{agent}。已联系仓库，未出库可以改。请确认新的信息：{place}，收货人和电话不变，对吗？",
        ),
        more=("对的，没错。", "收货人改成我爱人，电话后面发您。"),
        solved=("{customer}您好，订单{order}已改好，仓库已确认，送货前一天会电话联系您。",),
        solution=("修改收货地址，仓库已确认", "推迟送货日期"),
    ),
    Family(
        "logistics",
        weight=8,
        kinds=("air_conditioner", "fridge", "washer", "purifier", "robot", "cooker"),
        openings=(
            ("订单{order}怎么还没到", "订单{order}显示{days}天前就发货了，到现在没收到，物流三天没更新。"),
            ("物流显示签收但没收到", "{product}物流显示今天{time}签收，可我家里一直有人，根本没收到。"),
            ("能不能指定时间送", "{full}太重，家里平时没人，能不能约在周末{time}送？"),
            ("送来的箱子破了", "刚送到的{product}外箱破了个大洞，还没签收，快递员在门口等，怎么办？"),
        ),
        answers=(
            "{customer}您好，我是订单专员{agent}。已查到货在{place}中转站积压，我催了今天出仓，明天送到；到不了我会先告诉您。",
            "{customer}您好，请先不要签收，拍下外箱六面和破损处。我这边同步联系承运商核实签收记录，两小时内给您回话。",
        ),
        questions=("请把快递面单拍给我，我核对派送网点。",),
        more=("收到了，昨天晚上送来的，谢谢。", "照片拍好了，在附件里。", "邻居代收的，误会了，不好意思。"),
        solved=(
            "{customer}您好，货已送到并完好签收，延误的{days}天按规则补偿50元券，已到您账户。",
            "{customer}您好，破损件已安排取回，新机今天重新发出，新的单号发您短信。",
        ),
        solution=("催派后送达，补偿50元券", "破损拒收，重新发货"),
    ),
    Family(
        "installation",
        weight=6,
        kinds=("water_heater", "air_conditioner", "purifier", "lock", "hood", "dishwasher"),
        openings=(
            ("预约安装{product}", "{full}昨天送到了，{place}，想约周六上午安装，需要自己买材料吗？"),
            ("安装师傅一直没来", "约好今天{time}来装{product}，等到现在没人来，也没有电话。"),
            ("橱柜开孔尺寸", "{product}要装在橱柜里，请告诉我开孔尺寸和电源、水路位置，木工明天就来。"),
        ),
        answers=(
            "{customer}您好，我是客服{agent}。已为您约周六上午9点到11点，师傅出发前一小时来电。标准安装免费，超过三米的管线按实际收费，价目表附上。",
            "{customer}您好，让您白等了，对不起。我已联系网点，师傅上一家超时，改为今天{time}前到；您若不方便，请告诉我新的时间。",
        ),
        more=("好的，周六上午在家。", "今天不行了，改明天上午吧。"),
        solved=("{customer}您好，{product}已装好并试机，使用要点师傅当面讲过了；安装单请保存，保修从今天起算。",),
        solution=("上门安装并试机",),
        way="onsite",
    ),
    Family(
        "return_exchange",
        weight=6,
        kinds=("robot", "cooker", "air_purifier", "lock", "dishwasher"),
        openings=(
            ("申请退货", "订单{order}买的{product}收到{days}天，尺寸放不下，包装都在，想退货，运费谁出？"),
            ("{product}刚用就坏了想换", "{full}才用了{days}天就开不了机，要求换一台新的。"),
            ("发错货了", "我买的是{model}，收到的是另一个型号，订单{order}，怎么换？"),
        ),
        answers=(
            "{customer}您好，我是客服{agent}。七天内可以无理由退货，请保持包装和配件齐全；因尺寸原因退货运费由您承担，发错货的运费由我们出。",
            "{customer}您好，十五天内质量问题可以换新。请拍一段开不了机的视频，我直接给您办换货，旧机由快递上门取。",
        ),
        more=("配件都在，什么时候来取？", "视频发您了。"),
        solved=(
            "{customer}您好，换货已发出，新机明天送到，快递员会同时取走旧机。",
            "{customer}您好，退货已入库检验合格，款项三个工作日内原路退回。",
        ),
        solution=("办理换新，旧机取回", "退货入库，原路退款"),
    ),
    Family(
        "refund",
        weight=5,
        openings=(
            ("退款什么时候到账", "订单{order}{days}天前退的货，到现在钱还没退，客服说三个工作日。"),
            ("差价怎么退", "上周买的{product}这周降了{money}元，能不能退差价？价保还在期限内。"),
            ("安装费退一下", "师傅收了{money}元材料费，后来说不用那么多，多收的请退给我。"),
        ),
        kinds=("air_conditioner", "purifier", "robot"),
        answers=(
            "{customer}您好，我是客服{agent}。退款{days}天前已提交，卡在银行处理，我催了财务；最迟后天到账，到账后请告诉我一声。",
            "{customer}您好，价保30天有效，差价{money}元已提交，原路退回，预计三个工作日。",
        ),
        more=("今天收到了，谢谢。", "好的，我等两天。"),
        solved=("{customer}您好，{money}元已原路退回，到账短信以银行为准。",),
        solution=("核实后原路退款", "价保差价已退"),
    ),
    Family(
        "invoice",
        weight=6,
        openings=(
            ("开专用发票", "订单{order}需要开增值税专用发票，开票资料见附件，请寄到{place}。"),
            ("发票抬头写错了", "收到的电子发票抬头写错了，少了“有限”两个字，请作废重开。"),
            ("要补发票", "{date}买的{product}当时没要发票，现在报销要用，还能补吗？"),
        ),
        kinds=("air_conditioner", "purifier", "fridge"),
        answers=(
            "{customer}您好，我是客服{agent}。资料收到，专票今天开具，明天寄出；电子版先发您邮箱核对。",
            "{customer}您好，抬头错误可以红冲重开，不收费用。请把正确的抬头和税号回复给我，我今天办理。",
        ),
        more=("税号和抬头都在附件里，请核对。", "电子版看了，没有问题。"),
        solved=(
            "{customer}您好，发票已重新开具并发送，原发票已红冲。",
            "{customer}您好，专票已寄出，预计两天送到，电子版在附件里。",
        ),
        solution=("红冲重开发票", "补开电子发票", "寄出专用发票"),
    ),
)
