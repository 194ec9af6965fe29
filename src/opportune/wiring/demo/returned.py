"""The mail that a mail server writes when it could not deliver another one after all (RFC 3464)."""

_REPORT = """\
From: MAILER-DAEMON@mail.example.com
To: post@example.com
Subject: Undelivered mail returned to sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

{address} has closed its mailbox.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--part
Content-Type: text/rfc822-headers

To: {address}
Message-ID: <{decision}@example.com>

--part--
"""


def returned(decision: str, address: str) -> bytes:
    """A report that the mail of this decision did not reach this address, and never will."""
    return _REPORT.format(decision=decision, address=address).replace("\n", "\r\n").encode()
