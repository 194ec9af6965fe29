"""Mail about our mail, as servers write it: delivery reports and complaints, made anew for these tests."""

DECISION = "0f" * 16
FAILED = ("Action: failed", "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 <ann@example.com> no such user")
HEADERS = f"From: shop@shop.example\nTo: ann@example.com\nMessage-ID: <{DECISION}@shop.example>\nSubject: Your cart\n"


def multipart(report_type: str, *parts: tuple[str, str], more: str = "") -> bytes:
    """A multipart/report with these (content type, text) parts."""
    lines = [
        "From: MAILER-DAEMON@mx.example",
        "To: bounces@shop.example",
        "Subject: Undelivered Mail Returned to Sender",
        *([more] if more else []),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type={report_type}; boundary="=_b"',
        "",
    ]
    for kind, text in parts:
        lines += ["--=_b", f"Content-Type: {kind}", "", text]
    return "\r\n".join([*lines, "--=_b--", ""]).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def delivery_report(
    *groups: tuple[str, ...], returned: tuple[str, str] = ("text/rfc822-headers", HEADERS), more: str = ""
) -> bytes:
    """An RFC 3464 report with one group of fields for each address."""
    fields = "\n\n".join("\n".join(("Final-Recipient: rfc822; ann@example.com", *each)) for each in groups or (FAILED,))
    return multipart(
        "delivery-status",
        ("text/plain", "I am sorry, it could not be delivered."),
        ("message/delivery-status", f"Reporting-MTA: dns; mx.example\n\n{fields}\n"),
        *([returned] if returned[0] else []),
        more=more,
    )


def complaint(kind: str = "abuse", returned: tuple[str, str] = ("message/rfc822", HEADERS + "\nHi Ann\n")) -> bytes:
    """An RFC 5965 complaint."""
    fields = f"Feedback-Type: {kind}\nUser-Agent: Provider/1\nVersion: 1\nOriginal-Mail-From: <shop@shop.example>\n"
    return multipart(
        "feedback-report", ("text/plain", "This is a report."), ("message/feedback-report", fields), returned
    )
