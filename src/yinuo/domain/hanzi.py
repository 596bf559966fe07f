"""One written form for comparing texts: width, case, accents and common traditional characters.

Every character is folded by itself, so folding a part of a text gives a part of the folded text. The search
(`textsearch`) and the rules (`classification`) rest on this: what is found in the original is found folded.

The traditional table is our own and small: the 870 or so characters of everyday and service language that
stand for one simplified character each. It is a help for readers from Hong Kong and Taiwan, not a converter;
a character missing from it simply stays as it is, on both sides of every comparison.
"""

from __future__ import annotations

import unicodedata

# Pairs stand at the same place in both strings.
_TRADITIONAL = (
    "與專業東絲兩嚴喪個豐臨為麗舉麼義烏樂喬習鄉書買亂爭於虧雲亞產畝親褻億僅從侖倉儀們價眾優夥會傴傘偉傳傷倫偽佇體餘傭僉俠侶僥偵側僑"
    "儈儂儉債傾償儲兒兌黨蘭關興茲養獸內岡冊寫軍農馮衝決況凍淨淒準涼減湊凜幾鳳憑凱擊鑿劃劉則剛創刪別剎劑剝劇勸辦務動勵勁勞勢勳勻匯區醫"
    "華協單賣盧衛卻廠廳歷厲壓厭廁廂廈廚縣參雙發變敘疊葉號嘆後嚇嗎聽啟吳員嗚詠嚨響啞嘩嘯噴嘔嚮園囪圍國圖圓聖場塊堅壇壩墳墜壟壘墊牆壯聲"
    "殼壺處備複夠頭誇夾奪奩奮獎妝婦媽娛婁孫學寧寶實寵審憲宮寬賓寢對尋導壽將爾塵嘗堯層屆屬歲豈嶇島嶺崗峽嶄巔幣帥師帳簾幟帶幫幹庫應廟龐廢"
    "開異棄張彌彎彈強歸當錄彥徹徑憶懺憂懷態慫憐總懇惡惱悅懸驚懼慘懲憊憤慣願懶戀戲戰戶撲執擴捫掃揚擾撫拋搶護報擔擬攏揀擁攔擰撥擇掛摯擋掙擠"
    "揮撈損撿換搗據擲攙擱摟攪攜攝擺搖攤撐攆擻數齋鬥斬斷無舊時曠曬曉暈暫術機殺雜權條來楊極構槍楓櫃檸標棧棟欄樹樣橋檔檢樓槳橫櫻歡歐殘毀殼"
    "氣氫漢湯溝沒滬淪滄潑澤潔灑窪淺漿澆濁測濟渾濃塗濤澇漣潤漲澀淵漁滲溫灣濕潰濺漸瀉滯灘滿濾濫賓瀕灘瀟燈靈災燦爐點煉爍爛燭煙煩燒燙熱煥愛爺"
    "牽犧狀猶獨狹獅獄貓獻現環璽電畫暢瘋療癢癥皺盞鹽監蓋盤瞞矚礦碼磚硯礎確禮禍禪離種積稱穩窮竊競筆築簡簽類糧緊糾紅約級紀紙純紗紛納縱線"
    "練組細織終絆紹經結繞繪給絡絕絞統絨絹繡繼績緒續繩維綿綢綜綻綠綴緝緣締緩編縫縮繳罰羅羨聯聰肅腸膚腎腫脹脅膽勝腦膠髒臉臘艦艱豔藝節"
    "蘆蘇蘋莖薦榮藥獲瑩營蕭薩蔥蔣藍蘊蟲雖蝦蝕蟻螞蠅蠟補襯襲裝褲見觀規視覽覺觸譽計訂認譏討讓訓議訊記講許論設訪證評識詐訴診詞試詩誠話誕詢該"
    "詳語誤誘說請諸諾讀課誰調談謀謊謎謝謠謹譜貝負貢財責賢敗貨質販貪貧購貯貫貶貼貴貸貿費賀賊賠賬賭賽贈贊贏趕趨躍踐蹤軀車軌軟轉輪輕載較輔輛輩"
    "輸轄辭邊遼達遷過運還這進遠違連遲適選遜遞郵鄭鄰醬釋裡針釘鈔鈣鋼鑰鉤鈕錢鉗鑽鐵鈴鉛鋁銅銘銀鋪鏈銷鎖鋅銳錯錫鍋鍵鍛鍍鎮鏡鐘長門閃閉問闖"
    "閒間悶鬧聞閱闊隊陽陰陣階際陸陳險隨隱難霧靜韓頁頂頃項順須頑顧頓頒預領頗頻題顏額顛顫風飄飛飢飯飲飾飽飼餃餅餓館饋饅駕騰騙驗騎驅驟馬驢"
    "髮鬆鬱魚魯鮮鳥鳴鴨鵝雞鷹麥黃齊齒齡龍龜週淚紮託註佈採佔閤併"
)
_SIMPLIFIED = (
    "与专业东丝两严丧个丰临为丽举么义乌乐乔习乡书买乱争于亏云亚产亩亲亵亿仅从仑仓仪们价众优伙会伛伞伟传伤伦伪伫体余佣佥侠侣侥侦侧侨"
    "侩侬俭债倾偿储儿兑党兰关兴兹养兽内冈册写军农冯冲决况冻净凄准凉减凑凛几凤凭凯击凿划刘则刚创删别刹剂剥剧劝办务动励劲劳势勋匀汇区医"
    "华协单卖卢卫却厂厅历厉压厌厕厢厦厨县参双发变叙叠叶号叹后吓吗听启吴员呜咏咙响哑哗啸喷呕向园囱围国图圆圣场块坚坛坝坟坠垄垒垫墙壮声"
    "壳壶处备复够头夸夹夺奁奋奖妆妇妈娱娄孙学宁宝实宠审宪宫宽宾寝对寻导寿将尔尘尝尧层届属岁岂岖岛岭岗峡崭巅币帅师帐帘帜带帮干库应庙庞废"
    "开异弃张弥弯弹强归当录彦彻径忆忏忧怀态怂怜总恳恶恼悦悬惊惧惨惩惫愤惯愿懒恋戏战户扑执扩扪扫扬扰抚抛抢护报担拟拢拣拥拦拧拨择挂挚挡挣挤"
    "挥捞损捡换捣据掷搀搁搂搅携摄摆摇摊撑撵擞数斋斗斩断无旧时旷晒晓晕暂术机杀杂权条来杨极构枪枫柜柠标栈栋栏树样桥档检楼桨横樱欢欧残毁壳"
    "气氢汉汤沟没沪沦沧泼泽洁洒洼浅浆浇浊测济浑浓涂涛涝涟润涨涩渊渔渗温湾湿溃溅渐泻滞滩满滤滥宾濒滩潇灯灵灾灿炉点炼烁烂烛烟烦烧烫热焕爱爷"
    "牵牺状犹独狭狮狱猫献现环玺电画畅疯疗痒症皱盏盐监盖盘瞒瞩矿码砖砚础确礼祸禅离种积称稳穷窃竞笔筑简签类粮紧纠红约级纪纸纯纱纷纳纵线"
    "练组细织终绊绍经结绕绘给络绝绞统绒绢绣继绩绪续绳维绵绸综绽绿缀缉缘缔缓编缝缩缴罚罗羡联聪肃肠肤肾肿胀胁胆胜脑胶脏脸腊舰艰艳艺节"
    "芦苏苹茎荐荣药获莹营萧萨葱蒋蓝蕴虫虽虾蚀蚁蚂蝇蜡补衬袭装裤见观规视览觉触誉计订认讥讨让训议讯记讲许论设访证评识诈诉诊词试诗诚话诞询该"
    "详语误诱说请诸诺读课谁调谈谋谎谜谢谣谨谱贝负贡财责贤败货质贩贪贫购贮贯贬贴贵贷贸费贺贼赔账赌赛赠赞赢赶趋跃践踪躯车轨软转轮轻载较辅辆辈"
    "输辖辞边辽达迁过运还这进远违连迟适选逊递邮郑邻酱释里针钉钞钙钢钥钩钮钱钳钻铁铃铅铝铜铭银铺链销锁锌锐错锡锅键锻镀镇镜钟长门闪闭问闯"
    "闲间闷闹闻阅阔队阳阴阵阶际陆陈险随隐难雾静韩页顶顷项顺须顽顾顿颁预领颇频题颜额颠颤风飘飞饥饭饮饰饱饲饺饼饿馆馈馒驾腾骗验骑驱骤马驴"
    "发松郁鱼鲁鲜鸟鸣鸭鹅鸡鹰麦黄齐齿龄龙龟周泪扎托注布采占合并"
)
_SIMPLE_OF = dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))


def _fold_character(character: str) -> str:
    code = ord(character)
    if 0x300 <= code <= 0x36F:
        return ""
    if code < 0x530 or 0x1E00 <= code <= 0x1FFF:
        # Letters with accents lose them, so that decomposed and composed writing meet.
        parts = unicodedata.normalize("NFKD", character)
        return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(_SIMPLE_OF.get(part, part) for part in folded)


class _Folding(dict[int, str]):
    """Filled on demand for `str.translate`; it can never hold more than Unicode has characters."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


class _FoldingInPlace(dict[int, str]):
    """Like `_Folding`, but a character whose form has another length stays, lower-cased at most."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = _fold_character(character)
        if len(folded) != 1:
            lowered = character.lower()
            folded = lowered if len(lowered) == 1 else character
        self[code] = folded
        return folded


_FOLDING = _Folding()
_IN_PLACE = _FoldingInPlace()


def fold(text: str) -> str:
    """`text` in the form in which texts are compared; folding parts and joining them gives the same."""
    return text.translate(_FOLDING)


def fold_in_place(text: str) -> str:
    """As `fold`, always of the same length, so that offsets are those of `text`; ligatures stay unfolded."""
    return text.translate(_IN_PLACE)


def fold_with_origins(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters (and its end) the offset in `text` it came from."""
    pieces: list[str] = []
    origins: list[int] = []
    for offset, character in enumerate(text):
        piece = _FOLDING[ord(character)]
        pieces.append(piece)
        origins.extend([offset] * len(piece))
    origins.append(len(text))
    return "".join(pieces), origins
