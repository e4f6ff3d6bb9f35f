"""E-mail by SMTP, from the standard library. Texts name offices and protocols, never people or rows."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from hub.decision import Conflict, Unavailable

TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Mail:
    """One plain e-mail."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Post:
    """A mail server. `security`: `starttls` or `tls` (certificates are checked), or `none` within one machine."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    sender: str

    def send(self, mail: Mail, at: datetime) -> None:
        """Hand a mail to the server. Raises `Conflict` where it does not take this mail, `Unavailable` where it takes none."""
        message = EmailMessage(policy=SMTP)
        subject = " ".join(mail.subject.split())  # a title of two lines would be refused as a header, every time anew
        message["From"], message["To"], message["Subject"] = self.sender, mail.to, subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office notes need not answer
        message.set_content(mail.text)
        try:
            with self._open() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
            raise Conflict("the mail server refused a mail") from None  # its words could quote the address
        except (OSError, smtplib.SMTPException) as wrong:
            raise Unavailable(f"the mail server takes no mail ({type(wrong).__name__})") from None

    def _open(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        if self.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except (OSError, smtplib.SMTPException):
                server.close()
                raise
        return server
