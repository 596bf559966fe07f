"""Complaints."""

from yinuo.config.demo.texts.family import Family

COMPLAINTS: tuple[Family, ...] = (
    Family(
        "complaint_service",
        weight=4,
        kinds=("water_heater", "air_conditioner", "washer"),
        openings=(
            (
                "投诉：约了三次没人来",
                "我要投诉！{product}报修三次，每次都说马上安排，没有一次按时来的，请假白等了两天，你们必须给个说法。",
            ),
            ("维修师傅态度恶劣", "今天来修{product}的师傅一进门就抽烟，问两句就不耐烦，修完也不试机就走，投诉他！"),
            ("客服推来推去", "打了四次热线，每次都要从头讲一遍，第一个说找安装，安装说找售后，踢皮球，非常不满意。"),
        ),
        answers=(
            "{customer}您好，我是投诉处理专员{agent}。让您白等、还要反复讲，是我们不对，对不起。这件事由我一个人负责到底，今天之内给您结果，您不用再找别人。",
            "{customer}您好，我是{agent}，您反映的情况我已记下，正在核对派工记录和录音，{time}前给您电话。",
        ),
        more=("希望你们说话算数。", "我只要一个准确的时间。"),
        solved=(
            "{customer}您好，已查清：网点接单后没有派工。已对网点处罚并停派三天，今天由片区主管陪同上门修好，上门费全免，另致歉100元券。",
            "{customer}您好，师傅当班服务不合规范属实，已停岗培训并向您当面道歉，{product}已由另一位师傅复检，一切正常。",
        ),
        solution=("核实属实，处罚网点，主管陪同上门修好并致歉", "师傅停岗培训，当面道歉，复检正常"),
        way="onsite",
    ),
    Family(
        "complaint_product",
        weight=3,
        kinds=("robot", "lock", "cooker", "fridge"),
        openings=(
            ("一个月坏两次，质量太差", "投诉{full}，一个月坏了两次，修好又坏，我要求退货并赔偿，不然找12315。"),
            ("宣传与实物不符", "详情页写的静音{count}分贝，实际测出来高得多，属于虚假宣传，请给我解释。"),
        ),
        answers=(
            "{customer}您好，我是投诉处理专员{agent}。连着坏两次换了谁都着急，对不起。我已调出两次维修记录，今天和产品部一起定方案，{time}前答复您。",
        ),
        more=("上次也这么说的。", "好，我等到{time}。"),
        solved=("{customer}您好，产品部确认是同一批次部件的问题，为您换新机一台并延保一年，旧机明天上门取回。",),
        solution=("换新机并延保一年", "退货退款，旧机取回检测"),
    ),
    Family(
        "complaint_logistics",
        weight=2,
        kinds=("fridge", "washer", "air_conditioner"),
        openings=(
            (
                "投诉送货员扔货",
                "送{product}的人把箱子往楼下一扔就走，不送上楼，说要加{money}元，订单上写的是送货入户。",
            ),
            ("虚假签收", "物流三天前就显示签收，我根本没收到，打电话没人管，投诉！"),
        ),
        answers=(
            "{customer}您好，我是投诉处理专员{agent}。送货入户是包含在订单里的，收费不对。我已联系承运商负责人，今天重新安排人送上楼。",
        ),
        more=("好，今天一定要送到。",),
        solved=("{customer}您好，货已重新送上楼并验机，多收的{money}元已退，承运商已按合同扣罚。",),
        solution=("重新送货入户，退还加收费用，承运商扣罚",),
    ),
    Family(
        "complaint_billing",
        weight=2,
        kinds=("air_conditioner", "hood"),
        openings=(
            ("乱收费", "装{product}收了我{money}元，支架、打孔、高空每样都要钱，之前没有任何人告诉我，乱收费！"),
        ),
        answers=("{customer}您好，我是{agent}。请把收费单拍给我，我逐项和价目表核对，凡是没有事先告知的，我们退。",),
        more=("单子拍好了，你们自己看。",),
        solved=("{customer}您好，核对后打孔和支架两项不应收，{money}元今天退回，价目表已要求师傅上门前出示。",),
        solution=("核对收费单，退还不应收项目",),
    ),
)
