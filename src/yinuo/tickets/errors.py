from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError


class EmptyMessage(YinuoError):
    code = "empty_message"
    text = _("Write something before sending.")


class NoAddress(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "no_address"
    text = _("This customer has no mail address. Add one to the customer file first.")


class NotAMember(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "not_a_member"
    text = _("{name} does not work in the team {team}.")


class TicketClosed(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "ticket_closed"
    text = _("This ticket is archived. Reopen it first.")


class AddressInvalid(YinuoError):
    code = "address_invalid"
    text = _("“{value}” is not a valid mail address.")


class MessageTooLong(YinuoError):
    code = "message_too_long"
    text = _("This is too long: {most} characters at most. Attach the text as a file instead.")


class TooManyFiles(YinuoError):
    code = "too_many_files"
    text = _("At most {most} files at once. Send the others with a second message.")


class FileTooLarge(YinuoError):
    code = "file_too_large"
    text = _("“{name}” is too large: {most} MB at most, all files together {total} MB.")


class FileEmpty(YinuoError):
    code = "file_empty"
    text = _("“{name}” is empty. Choose the file again.")


class FileKindRefused(YinuoError):
    code = "file_kind_refused"
    text = _("Files like “{name}” cannot be sent here. Pictures, videos, documents and archives can.")


class LinkInvalid(YinuoError):
    kind = ErrorKind.MISSING
    code = "link_invalid"
    text = _("This link is not valid or has expired. Reply to our mail, or call us, for a new one.")


class PageUnknown(YinuoError):
    code = "page_unknown"
    text = _("This “after” is none that we gave. Begin again without it.")


class OtherCustomer(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "other_customer"
    text = _("This order belongs to another customer than the ticket.")
