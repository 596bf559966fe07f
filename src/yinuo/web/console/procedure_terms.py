"""Codes of procedures in the words of the screens."""

from django.utils.translation import gettext_lazy

from yinuo.web.console.labels import CHANNEL, IMPACT, TICKET_CLASS, TIER, URGENCY, Words

FIELD_TYPE: dict[str, Words] = {
    "text": gettext_lazy("One line"),
    "longtext": gettext_lazy("Several lines"),
    "choice": gettext_lazy("One of a list"),
    "multi": gettext_lazy("Several of a list"),
    "bool": gettext_lazy("Yes or no"),
    "instant": gettext_lazy("Date and time"),
    "date": gettext_lazy("Date"),
    "int": gettext_lazy("Whole number"),
    "money": gettext_lazy("Amount of money"),
    "percent": gettext_lazy("Per cent"),
    "score": gettext_lazy("Score of 1 to 5"),
    "ref": gettext_lazy("Somebody or something known here"),
    "sign": gettext_lazy("Signature"),
    "log": gettext_lazy("Log of entries"),
}
REF: dict[str, Words] = {
    "account": gettext_lazy("a person"),
    "team": gettext_lazy("a team"),
    "department": gettext_lazy("a department"),
    "customer": gettext_lazy("a customer"),
    "product": gettext_lazy("a product"),
    "order": gettext_lazy("an order"),
    "article": gettext_lazy("an article"),
    "ticket": gettext_lazy("a ticket"),
}
MASK: dict[str, Words] = {
    "phone": gettext_lazy("phone number"),
    "mail": gettext_lazy("mail address"),
    "contact": gettext_lazy("contact"),
    "id_number": gettext_lazy("ID number"),
    "bank_card": gettext_lazy("bank card"),
    "name": gettext_lazy("name"),
    "text": gettext_lazy("numbers within the text"),
}
BUTTON_KIND: dict[str, Words] = {
    "finish": gettext_lazy("finishes the step"),
    "save": gettext_lazy("only keeps what was filled in"),
    "wait": gettext_lazy("begins to wait"),
    "resume": gettext_lazy("ends the waiting"),
}
BUTTON_STYLE: dict[str, Words] = {
    "primary": gettext_lazy("the usual one"),
    "plain": gettext_lazy("plain"),
    "danger": gettext_lazy("red: a bad end"),
}
JOIN: dict[str, Words] = {
    "any": gettext_lazy("as soon as one way leads here"),
    "all": gettext_lazy("when every way that still can has arrived"),
}
HAPPENING: dict[str, Words] = {
    "answered": gettext_lazy("the customer was answered"),
    "customer_confirmed": gettext_lazy("the customer confirmed"),
    "customer_refused": gettext_lazy("the customer did not accept"),
    "plan_accepted": gettext_lazy("the customer agreed to the plan"),
    "plan_refused": gettext_lazy("the customer did not agree to the plan"),
    "customer_scored": gettext_lazy("the customer gave a score"),
    "reply_received": gettext_lazy("the customer wrote"),
    "reopened": gettext_lazy("the ticket was reopened"),
    "timer": gettext_lazy("a timer rang"),
    "withdrawn": gettext_lazy("the customer withdrew"),
    "merged": gettext_lazy("it was merged into another ticket"),
    "order_linked": gettext_lazy("the ticket was linked with an order"),
    "order_unlinked": gettext_lazy("the ticket is linked with no order any more"),
    "order_state": gettext_lazy("the order's state changed"),
    "order_exception_told": gettext_lazy("the result of the order's exception was told"),
    "order_answered": gettext_lazy("the customer said on the order how it went"),
    "facts_changed": gettext_lazy("class or urgency changed"),
    "subtask_done": gettext_lazy("a department answered a sub-task"),
    "subtask_declined": gettext_lazy("a sub-task came back without a result"),
    "subtask_withdrawn": gettext_lazy("a sub-task was withdrawn"),
}
TO: dict[str, Words] = {
    "customer": gettext_lazy("the customer"),
    "owner": gettext_lazy("owner"),
    "team": gettext_lazy("team"),
}
PSEUDO: dict[str, Words] = {
    "outcome": gettext_lazy("the button pressed"),
    "round": gettext_lazy("the round"),
    "timer": gettext_lazy("the timer"),
    "subtask": gettext_lazy("the sub-task"),
}
FACT_VALUES: dict[str, dict[str, Words]] = {
    "channel": CHANNEL,
    "ticket_class": TICKET_CLASS,
    "urgency": URGENCY,
    "impact": IMPACT,
    "tier": TIER,
}
"""What facts of the ticket may be, where the definition does not list it."""
PARTS: dict[str, Words] = {
    "fields": gettext_lazy("Form"),
    "outcomes": gettext_lazy("Buttons"),
    "next": gettext_lazy("What comes next"),
    "limits": gettext_lazy("Limits"),
    "guards": gettext_lazy("What must be true first"),
    "scripts": gettext_lazy("What to say"),
    "must": gettext_lazy("Must"),
    "never": gettext_lazy("Never"),
    "documents": gettext_lazy("Documents that come of it"),
    "tasks": gettext_lazy("Tasks for other departments"),
    "on_start": gettext_lazy("By itself at the start"),
    "on_finish": gettext_lazy("By itself at the end"),
    "facts": gettext_lazy("What the ticket knows"),
    "on": gettext_lazy("What happens outside"),
    "ends": gettext_lazy("How it may end"),
}
WHAT: dict[str, Words] = {
    "step": gettext_lazy("step"),
    "end": gettext_lazy("end"),
    "limit": gettext_lazy("limit"),
    "role": gettext_lazy("role"),
    "template": gettext_lazy("template"),
    "survey": gettext_lazy("survey"),
    "status": gettext_lazy("status"),
    "outcome": gettext_lazy("button"),
    "timer": gettext_lazy("timer"),
    "subtask": gettext_lazy("sub-task"),
    "team": gettext_lazy("team"),
}
LANGUAGES: dict[str, Words] = {"zh": gettext_lazy("Chinese"), "en": gettext_lazy("English")}
