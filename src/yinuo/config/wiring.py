"""Everything the system does by itself when something has happened: fact → who reacts.

AT_ONCE: in the recording transaction; rows only, no network, no file, records nothing that is itself AT_ONCE.
AFTERWARDS: in a job, at least once, in any order.
"""

from yinuo.calendars import events as calendars
from yinuo.customers import events as customers
from yinuo.foundation import events
from yinuo.orders import events as orders
from yinuo.procedures import events as procedures
from yinuo.quality import events as quality
from yinuo.sla import events as sla
from yinuo.staff import events as staff
from yinuo.tickets import events as tickets

AT_ONCE: dict[type[events.Fact], tuple[str, ...]] = {
    customers.CustomersMerged: (
        "yinuo.tickets.subscribers.on_customers_merged",
        "yinuo.sla.subscribers.on_customers_merged",
        "yinuo.orders.subscribers.on_customers_merged",
    ),
    orders.MilestonePlanned: ("yinuo.orders.subscribers.on_milestone_planned",),
    orders.MilestoneMoved: ("yinuo.orders.subscribers.on_milestone_moved",),
    orders.MilestoneAnnounced: ("yinuo.orders.subscribers.on_milestone_announced",),
    orders.DelayTold: ("yinuo.orders.subscribers.on_delay_told",),
    orders.MilestoneReached: ("yinuo.orders.subscribers.on_milestone_reached",),
    orders.MilestoneDropped: ("yinuo.orders.subscribers.on_milestone_dropped",),
    orders.OrderConfirmed: ("yinuo.orders.subscribers.on_order_confirmed",),
    orders.OrderTold: ("yinuo.orders.subscribers.on_order_told",),
    orders.OrderStateChanged: ("yinuo.orders.subscribers.on_state_changed",),
    orders.OrderAssigned: ("yinuo.orders.subscribers.on_order_assigned",),
    orders.ExceptionFound: ("yinuo.orders.subscribers.on_exception_found",),
    orders.ExceptionStarted: ("yinuo.orders.subscribers.on_exception_started",),
    orders.ExceptionPlanned: ("yinuo.orders.subscribers.on_exception_planned",),
    orders.ExceptionTold: ("yinuo.orders.subscribers.on_exception_told",),
    orders.FulfilmentAnswered: (
        "yinuo.orders.subscribers.on_fulfilment_answered",
        "yinuo.quality.subscribers.on_fulfilment_answered",
    ),
    tickets.AgentReplied: ("yinuo.procedures.subscribers.on_agent_replied",),
    tickets.CustomerWrote: ("yinuo.procedures.subscribers.on_customer_wrote",),
}

AFTERWARDS: dict[type[events.Fact], tuple[str, ...]] = {
    customers.CustomerChanged: ("yinuo.sla.subscribers.on_customer_changed",),
    customers.CustomersMerged: ("yinuo.sla.subscribers.count_merged",),
    calendars.CalendarChanged: ("yinuo.sla.subscribers.on_calendar_changed",),
    staff.StructureChanged: ("yinuo.sla.subscribers.on_structure_changed",),
    orders.OrderStateChanged: ("yinuo.procedures.subscribers.on_order_state",),
    orders.ExceptionTold: ("yinuo.procedures.subscribers.on_order_exception_told",),
    orders.FulfilmentAnswered: ("yinuo.procedures.subscribers.on_order_answered",),
    tickets.OrderLinked: ("yinuo.procedures.subscribers.on_order_linked",),
    quality.SurveyAsked: ("yinuo.quality.subscribers.on_survey_asked",),
    quality.SurveyAnswered: ("yinuo.quality.subscribers.on_survey_answered",),
    tickets.TicketOpened: ("yinuo.tickets.subscribers.index_opened", "yinuo.assist.subscribers.on_opened"),
    tickets.TicketClassified: ("yinuo.assist.subscribers.on_classified",),
    tickets.CustomerWrote: (
        "yinuo.tickets.subscribers.index_message",
        "yinuo.tickets.subscribers.tell_customer_wrote",
    ),
    tickets.MessageQueued: (
        "yinuo.channels.subscribers.on_message_queued",
        "yinuo.tickets.subscribers.index_message",
    ),
    staff.NoticesWanted: ("yinuo.channels.subscribers.on_notices_wanted",),
    tickets.NoteAdded: ("yinuo.tickets.subscribers.index_message", "yinuo.tickets.subscribers.tell_mentioned"),
    tickets.TicketAssigned: ("yinuo.tickets.subscribers.tell_assigned",),
    tickets.MessageStateChanged: ("yinuo.tickets.subscribers.tell_message_failed",),
    sla.DeadlineWarned: ("yinuo.tickets.telling.tell_deadlines",),
    sla.DeadlineEscalated: ("yinuo.tickets.telling.tell_deadlines",),
    sla.DeadlineMoved: ("yinuo.tickets.subscribers.follow_moved",),
    sla.PoliciesPublished: ("yinuo.sla.subscribers.on_policies_published",),
    sla.TimerRang: (
        "yinuo.procedures.subscribers.on_timer_rang",
        "yinuo.tickets.telling.tell_held",
        "yinuo.orders.subscribers.tell_owner",
    ),
    orders.ContractSubmitted: ("yinuo.orders.subscribers.ask_reviewers",),
    orders.ContractReviewed: ("yinuo.orders.subscribers.tell_author",),
    procedures.SubtaskOpened: ("yinuo.procedures.telling.tell_offered",),
    procedures.SubtaskGiven: ("yinuo.procedures.telling.tell_given",),
    procedures.SubtaskSentBack: ("yinuo.procedures.telling.tell_sent_back",),
    procedures.SubtaskDone: ("yinuo.procedures.telling.tell_done",),
    procedures.SubtaskDeclined: ("yinuo.procedures.telling.tell_declined",),
    procedures.SubtaskCancelled: ("yinuo.procedures.telling.tell_cancelled",),
    procedures.DispatchWanted: ("yinuo.procedures.subscribers.on_dispatch_wanted",),
    procedures.DocumentWanted: ("yinuo.procedures.subscribers.on_document_wanted",),
    procedures.StepSaved: (
        "yinuo.procedures.subscribers.on_fields_changed",
        "yinuo.procedures.subscribers.on_order_noted",
        "yinuo.quality.subscribers.on_score_noted",
    ),
    procedures.HappeningTaken: ("yinuo.procedures.subscribers.on_fields_changed",),
    procedures.RunEnded: ("yinuo.assist.subscribers.on_run_ended",),
    procedures.SurveyWanted: ("yinuo.quality.subscribers.on_survey_wanted",),
    procedures.ImprovementWanted: ("yinuo.quality.subscribers.on_improvement_wanted",),
    procedures.MessageWanted: ("yinuo.procedures.subscribers.on_message_wanted",),
}


def connect_rooms() -> None:
    events.connect(at_once=AT_ONCE, afterwards=AFTERWARDS)
