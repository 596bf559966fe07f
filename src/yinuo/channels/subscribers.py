"""What channels do afterwards: outgoing messages get on their way, notices go out by mail."""

from yinuo.channels.notices import texts_of
from yinuo.channels.services.queueing import queue_messages, queue_notices
from yinuo.foundation import clock
from yinuo.foundation.events import Recorded, only_if, together
from yinuo.staff.models import Notice


@together
@only_if(lambda fact: fact.channel == "email")
def on_message_queued(events: list[Recorded]) -> None:
    queue_messages(message_ids={event.fact.message_id for event in events}, now=clock.now())


@together
def on_notices_wanted(events: list[Recorded]) -> None:
    notices = list(
        Notice.objects.filter(
            id__in=[id for event in events for id in event.fact.notice_ids],
            account__mail_notices=True,
            account__is_active=True,
            mailed_at__isnull=True,
        )
        .exclude(account__email_index__isnull=True)
        .select_related("account")
    )
    queue_notices(notices=notices, texts={notice.id: texts_of(notice) for notice in notices}, now=clock.now())
