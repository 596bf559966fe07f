"""What a history row tells, in a few words, for the summary of an evidence file."""

from yinuo.domain.reading import Text

FACTS = {
    "tickets.TicketOpened": Text("受理工单", "Ticket opened"),
    "tickets.CustomerWrote": Text("客户来信", "Customer wrote"),
    "tickets.AgentReplied": Text("答复客户", "Customer answered"),
    "tickets.MessageQueued": Text("消息待发送", "Message queued"),
    "tickets.NoteAdded": Text("内部备注", "Note"),
    "tickets.MessageStateChanged": Text("消息状态变化", "State of a message"),
    "tickets.TicketAssigned": Text("派给", "Assigned"),
    "tickets.TicketEscalated": Text("升级", "Escalated"),
    "tickets.TicketClassified": Text("分类、定级", "Classified"),
    "tickets.StatusChanged": Text("状态变化", "Status"),
    "tickets.TicketReopened": Text("重新打开", "Reopened"),
    "tickets.TicketFollowed": Text("关注", "Followed"),
    "tickets.LinkMade": Text("生成客户链接", "Link made"),
    "tickets.LinkAsked": Text("客户查询链接", "Link asked for"),
    "tickets.PersonalShown": Text("查看联系方式", "Contact data shown"),
    "procedures.RunStarted": Text("流程开始", "Procedure begun"),
    "procedures.RunEnded": Text("流程结束", "Procedure ended"),
    "procedures.RunRevived": Text("流程恢复", "Procedure goes on"),
    "procedures.DispatchWanted": Text("待派单", "To be dispatched"),
    "procedures.StepStarted": Text("步骤开始", "Step begun"),
    "procedures.StepFinished": Text("步骤完成", "Step done"),
    "procedures.StepCancelled": Text("步骤取消", "Step cancelled"),
    "procedures.StepSaved": Text("填写表单", "Form filled in"),
    "procedures.WaitingBegan": Text("开始等待", "Waiting"),
    "procedures.WaitingEnded": Text("等待结束", "Waiting over"),
    "procedures.RoundStarted": Text("进入新一轮", "New round"),
    "procedures.Counted": Text("计数", "Counted"),
    "procedures.MessageWanted": Text("待写消息", "Message wanted"),
    "procedures.SurveyWanted": Text("待请客户评价", "Survey wanted"),
    "procedures.ImprovementWanted": Text("待发起改进", "Improvement wanted"),
    "procedures.DocumentWanted": Text("待出单据", "Document wanted"),
    "procedures.DocumentLaidOut": Text("单据成文", "Document laid out"),
    "procedures.DocumentMade": Text("单据文件生成", "Document printed"),
    "procedures.DocumentNotPrinted": Text("单据未能生成", "Document not printed"),
    "procedures.DocumentPrintWanted": Text("重新生成单据", "Document tried again"),
    "procedures.DocumentRead": Text("下载单据", "Document taken"),
    "procedures.HappeningTaken": Text("外部事件推动流程", "Moved by an event"),
    "procedures.EvidenceWanted": Text("申请证据包", "Evidence asked for"),
    "procedures.EvidenceGathered": Text("证据定稿", "Evidence gathered"),
    "procedures.EvidenceMade": Text("证据包完成", "Evidence ready"),
    "procedures.EvidenceTaken": Text("下载证据包", "Evidence taken"),
    "sla.DeadlineStarted": Text("时限开始", "Deadline begun"),
    "sla.DeadlineMet": Text("时限达成", "Deadline kept"),
    "sla.DeadlineCancelled": Text("时限取消", "Deadline void"),
    "sla.DeadlinePaused": Text("时限暂停", "Deadline paused"),
    "sla.DeadlineResumed": Text("时限继续", "Deadline goes on"),
    "sla.DeadlineMoved": Text("时限变动", "Deadline moved"),
    "sla.DeadlineWarned": Text("时限提醒", "Deadline at risk"),
    "sla.DeadlineBreached": Text("超时", "Deadline broken"),
    "sla.DeadlineEscalated": Text("超时上报", "Breach reported"),
    "sla.TimerRang": Text("定时提醒", "Timer rang"),
    "sla.TimerMoved": Text("定时改期", "Timer moved"),
    "quality.SurveyAsked": Text("请客户评价", "Survey asked"),
    "quality.SurveyAnswered": Text("客户评价", "Survey answered"),
    "quality.ImprovementOpened": Text("发起改进", "Improvement opened"),
    "quality.ImprovementMoved": Text("改进推进", "Improvement moved"),
}
OTHER = Text("其他记录", "Other record")
STATES = {
    "running": Text("进行中", "running"),
    "paused": Text("暂停", "paused"),
    "met": Text("按时", "kept"),
    "late": Text("超时", "broken"),
    "cancelled": Text("取消", "void"),
}
ACTORS = {
    "account": Text("同事", "a colleague"),
    "customer": Text("客户", "the customer"),
    "system": Text("系统", "the system"),
    "token": Text("外部程序", "a program"),
}


def told(kind: str, language: str) -> str:
    """The fact in words; one without words of its own is named as other."""
    return FACTS.get(kind, OTHER).say(language)
