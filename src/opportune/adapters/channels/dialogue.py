"""What is said to an SMTP server about one mail, and what each of its answers means."""

from aiosmtplib import SMTPDataError, SMTPException, SMTPResponseException

from opportune.adapters.channels.smtp import Session, refusal
from opportune.errors import Rejected, Retryable
from opportune.sending.bounce import Phase
from opportune.sending.receipt import Receipt


async def envelope(session: Session, sender: str, address: str, size: int) -> None:
    """From whom and to whom; raises ``Rejected`` or ``Retryable`` for what the server says of either."""
    smtp, most = session.smtp, session.most_bytes
    if most is not None and size > most:
        raise Rejected(f"the mail has {size} bytes, the server takes {most}", code="too_large")
    if not session.is_clean:
        await smtp.rset()
    session.is_clean = False
    phase: Phase = "mail"
    try:
        await smtp.mail(sender, options=[] if most is None else [f"SIZE={size}"])
        phase = "rcpt"
        await smtp.rcpt(address)
    except SMTPResponseException as answer:
        raise refusal(answer, phase) from answer


async def hand_over(session: Session, mail: bytes) -> Receipt:
    """The mail itself; no answer, or one that is neither yes nor no, is ``unknown``."""
    try:
        await session.smtp.data(mail)
    except SMTPDataError as answer:
        if 400 <= answer.code < 600:
            raise refusal(answer, "data") from answer
        return Receipt("unknown", f"smtp_{answer.code}")
    except (SMTPException, OSError):
        session.smtp.close()
        return Receipt("unknown", "no_answer")
    session.is_clean = True
    return Receipt("sent", "accepted")


def lost() -> Retryable:
    """The connection broke before anything went out."""
    return Retryable("the connection was lost", code="connection_lost", is_outage=True)
