"""What channels do afterwards: outgoing messages get on their way, notices go out by mail."""

from yinuo.channels.notices import texts_of
from yinuo.channels.services.delivery import queue_message, queue_notices
from yinuo.foundation import clock
from yinuo.foundation.events import Recorded
from yinuo.staff.models import Notice


def on_message_queued(event: Recorded) -> None:
    if event.fact.channel == "email":
        queue_message(message_id=event.fact.message_id, now=clock.now())


def on_notices_wanted(event: Recorded) -> None:
    notices = list(
        Notice.objects.filter(
            id__in=event.fact.notice_ids, account__mail_notices=True, account__is_active=True, mailed_at__isnull=True
        )
        .exclude(account__email_index__isnull=True)
        .select_related("account")
    )
    queue_notices(notices=notices, texts={notice.id: texts_of(notice) for notice in notices}, now=clock.now())
