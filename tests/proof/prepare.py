"""Run beside a house: the small company, a mailbox that is fetched and sends, a token for the API. Prints the token."""

import sys
from pathlib import Path

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main(imap_port: str, smtp_port: str, host: str = "127.0.0.1", security: str = "none") -> None:
    with with_database(Path(data_folder(None)), "test"):
        from tests.proof.plan import SERVICE
        from tests.servers import PASSWORD
        from tests.story import SYSTEM, make_company
        from yinuo.channels.services.mailboxes import save_mailbox
        from yinuo.foundation import clock
        from yinuo.staff.scopes import Scope
        from yinuo.staff.services.tokens import make_token

        company = make_company()
        save_mailbox(
            id=None, version=None, address=SERVICE, name="一诺客服", team=company.first_line,
            imap_host=host, imap_port=int(imap_port), imap_security=security, smtp_host=host,
            smtp_port=int(smtp_port), smtp_security=security, username=SERVICE, password=PASSWORD,
            by=SYSTEM, now=clock.now(),
        )  # fmt: skip
        made = make_token(name="proof", scopes=[Scope.CREATE_TICKETS], queues=None, by=SYSTEM, now=clock.now())
        print(made.secret)


if __name__ == "__main__":
    main(*sys.argv[1:])
