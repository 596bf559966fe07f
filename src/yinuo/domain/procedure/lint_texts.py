"""What lint says about a fault, in both languages; `{names}` are filled in."""

from yinuo.domain.reading import Text

TEXTS: dict[str, Text] = {
    "missing_title": Text("缺少名称（{language}）", "has no title in {language}"),
    "two_meanings": Text(
        "“{name}”在别处是另一种类型或另一组选项", "“{name}” has another type or other choices elsewhere"
    ),
    "unknown_name": Text("没有这个{what}：{value}", "there is no {what} called {value}"),
    "starts_nowhere": Text("整件事的时限要写明从哪里起算", "a limit of the whole matter must say where it starts"),
    "never_met": Text("没有写明怎样算做到“{kind}”", "nothing ever keeps the promise “{kind}”"),
    "undefined_field": Text("没有定义“{name}”", "“{name}” is not defined"),
    "no_instant": Text("“{name}”不是时刻", "“{name}” is no instant"),
    "never_true": Text("“{name}”不可能是“{value}”", "“{name}” can never be “{value}”"),
    "contradiction": Text("这些条件互相矛盾，永远不成立", "these conditions contradict each other"),
    "not_in_form": Text("要求填写“{name}”，但这一步的表单里没有", "asks for “{name}”, which this form does not have"),
    "cannot_finish": Text("这一步没有可以完成它的按钮", "no button finishes this step"),
    "never_taken": Text(
        "前面的行已包含所有情况，这一行走不到", "earlier rows cover everything; this one is never taken"
    ),
    "no_way_on": Text(
        "“{outcome}”之后没有在任何情况下都成立的下一步", "after “{outcome}” it is not always said what comes next"
    ),
    "task_twice": Text("另一项子任务已用了这个名称", "another sub-task has this key already"),
    "for_nobody": Text("要写明派给哪个角色或哪个团队，二者选一", "say for which role or team it is, one of the two"),
    "no_taker": Text("没有团队承办“{role}”的事，派出去没人接", "no team takes tasks of “{role}”: nobody would get it"),
    "limit_twice": Text("接手和办结用了同一种时限“{kind}”", "accepting and answering have the same limit “{kind}”"),
    "no_text": Text("“{name}”不是文字", "“{name}” is no text"),
    "never_opened": Text(
        "没有派出的时机：勾选“步骤开始时派出”，或在按钮、自动动作里选它",
        "it is never handed out: at the start of the step, or by a button or automatic act",
    ),
    "needed_too_late": Text(
        "要等它办结才能完成这一步，但它在这一步完成后才派出",
        "the step needs its answer, but it is handed out only when the step is over",
    ),
    "open_point": Text("待定：{zh}", "still open: {en}"),
    "outcome_of_nothing": Text("“{outcome}”没有对应的进行中步骤", "“{outcome}” belongs to no active step"),
    "dead_end": Text("这一步之后没有下一步", "nothing comes after this step"),
    "unreachable": Text("没有路走到这一步", "no way leads to this step"),
    "no_exit": Text("从这一步走不到任何结束", "no end can be reached from this step"),
    "circle": Text("这一步绕回自己却没有标为循环", "leads back to itself without being marked as a loop"),
    "no_loop": Text("标为循环，但“{to}”不在这一步之前", "is marked as a loop, but “{to}” does not come before it"),
}
