"""What could not be read from a stranger's file, named."""

from dataclasses import dataclass

from yinuo.domain.reading import Text

OPEN: dict[str, Text] = {
    "condition": Text("条件没有读懂：{what}", "this condition could not be read: {what}"),
    "no_condition": Text("没有写明什么情况下走这条路：{what}", "it is not said when this way is taken: {what}"),
    "gateway": Text("网关“{what}”的含义没有读懂，按“择一”处理", "the gateway “{what}” is read as a choice of one"),
    "event": Text("事件“{what}”没有读懂", "the event “{what}” could not be read"),
    "automatic": Text("“{what}”是自动步骤，请写明它做什么", "“{what}” is automatic: say what it does"),
    "inside": Text("“{what}”里面还有步骤，没有读入", "what is inside “{what}” was not taken"),
    "role": Text("泳道“{what}”对应哪个角色？", "which role is the lane “{what}”?"),
    "no_role": Text("没有写明由哪个角色办理", "it is not said which role does this"),
    "limit": Text("“{what}”是时限或定时，请设定", "“{what}” is a time limit or timer: set it"),
    "several": Text("文件里还有别的流程“{what}”，没有读入", "another process “{what}” in the file was not taken"),
}


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """What could not be read; `step` is where it belongs, empty for the whole."""

    step: str
    text: Text


def named_point(code: str, what: str) -> Text:
    """The sentence about `what`."""
    return Text(OPEN[code].zh.format(what=what[:200]), OPEN[code].en.format(what=what[:200]))
