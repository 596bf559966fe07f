"""What the demo company sells."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProductPlan:
    """`kind` chooses the faults that customers write about; `short` is what they call it."""

    code: str
    name: str
    model: str
    kind: str
    short: str
    english: str


PRODUCTS = (
    ProductPlan("YN-H60", "速热电热水器 60 升", "H60", "water_heater", "热水器", "water heater"),
    ProductPlan("YN-G13", "恒温燃气热水器 13 升", "G13", "gas_heater", "燃气热水器", "gas water heater"),
    ProductPlan("YN-A35", "变频空调 1.5 匹", "A35", "air_conditioner", "空调", "air conditioner"),
    ProductPlan("YN-A72", "变频柜机空调 3 匹", "A72", "air_conditioner", "柜机空调", "air conditioner"),
    ProductPlan("YN-R520", "对开门冰箱 520 升", "R520", "fridge", "冰箱", "fridge"),
    ProductPlan("YN-W10", "滚筒洗烘一体机 10 公斤", "W10", "washer", "洗衣机", "washing machine"),
    ProductPlan("YN-D8", "嵌入式洗碗机 8 套", "D8", "dishwasher", "洗碗机", "dishwasher"),
    ProductPlan("YN-K9", "侧吸油烟机", "K9", "hood", "油烟机", "cooker hood"),
    ProductPlan("YN-P600", "反渗透净水机 600G", "P600", "purifier", "净水机", "water purifier"),
    ProductPlan("YN-F400", "空气净化器", "F400", "air_purifier", "空气净化器", "air purifier"),
    ProductPlan("YN-X5", "扫拖机器人", "X5", "robot", "扫地机器人", "robot vacuum"),
    ProductPlan("YN-L3", "智能门锁", "L3", "lock", "门锁", "smart lock"),
    ProductPlan("YN-C40", "电压力饭煲 4 升", "C40", "cooker", "电饭煲", "rice cooker"),
    ProductPlan("YN-M2", "智能中控屏", "M2", "panel", "中控屏", "control panel"),
    ProductPlan("YN-S1", "智能手表 S1", "S1", "watch", "智能手表", "smart watch"),
    ProductPlan("YN-B2", "降噪蓝牙耳机", "B2", "earphones", "蓝牙耳机", "earphones"),
    ProductPlan("YN-T3", "扫读翻译笔", "T3", "pen", "翻译笔", "translation pen"),
)
