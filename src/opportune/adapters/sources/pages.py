"""The pages behind the links in mails: one look, no script, nothing from elsewhere, and nothing kept by anybody."""

from base64 import b64encode
from hashlib import sha256
from typing import Final

from opportune.adapters.sources.http_answer import Send

STYLE: Final = """
:root{color-scheme:light dark;--page:#f4f3f0;--card:#fff;--ink:#1d1c1a;--soft:#63605a;--line:#e1ded8;--deed:#1f5c4d;
--on-deed:#fff;--done:#e8f3ee;--wrong:#fdeee9;--wrong-ink:#8c2f16}
@media (prefers-color-scheme:dark){:root{--page:#171614;--card:#211f1d;--ink:#eceae6;--soft:#a8a49c;--line:#3a3733;
--deed:#8fd0bb;--on-deed:#10231d;--done:#1d322b;--wrong:#3b211a;--wrong-ink:#f3b8a5}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere;
-webkit-text-size-adjust:100%}
main{max-width:34rem;margin:0 auto;padding:clamp(1rem,5vw,4rem) 1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:clamp(1.1rem,5vw,2rem)}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;text-wrap:balance}
p{margin:.5rem 0}
p.soft,.soft{color:var(--soft)}
fieldset{border:0;border-top:1px solid var(--line);margin:1.25rem 0 0;padding:1rem 0 0;min-width:0}
legend{float:left;width:100%;padding:0;font-weight:600;margin-bottom:.25rem}
.rows{clear:both}
label{display:flex;gap:.75rem;align-items:center;min-height:2.75rem;cursor:pointer}
.line{display:flex;flex-wrap:wrap;gap:0 .6rem;align-items:center}
input[type=checkbox],input[type=radio]{flex:none;width:1.25rem;height:1.25rem;margin:0;accent-color:var(--deed)}
input[type=date]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.4rem;
padding:.4rem .6rem;min-height:2.5rem}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.6rem 1.25rem;border-radius:.5rem;cursor:pointer;
border:1px solid var(--deed);background:var(--deed);color:var(--on-deed)}
button.quiet{background:transparent;color:var(--deed);border-color:var(--line)}
:focus-visible{outline:3px solid var(--deed);outline-offset:2px}
.deeds{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}
.said{background:var(--done);border-radius:.5rem;padding:.75rem 1rem;margin:0 0 1.25rem}
.said ul{margin:.25rem 0 0;padding-left:1.2rem}
.wrong{background:var(--wrong);color:var(--wrong-ink)}
a{color:var(--deed)}
form+p{margin-top:1.25rem}
@media (max-width:26rem){.deeds button{width:100%}}
"""
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title><style>{style}</style></head>
<body><main><div class="card">{body}</div></main></body></html>
"""
_HEADERS: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; style-src 'sha256-%s'"
        % b64encode(sha256(STYLE.encode()).digest()),
    ),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
)


def page(title: str, body: str) -> str:
    """A whole page; both are HTML already."""
    return _PAGE.format(title=title, style=STYLE, body=body)


def note(title: str, text: str, more: str = "") -> str:
    """A page that says one thing; ``text`` and ``more`` are HTML already."""
    return page(title, f"<h1>{title}</h1><p>{text}</p>{more}")


async def invalid(send: Send, method: str) -> None:
    """The answer to a link that is not one of ours."""
    text = "It may have been cut in two. Please use the whole link from the mail."
    await show(send, 404, note("This link is not valid", text), method=method)


async def show(
    send: Send, status: int, shown: str, *, method: str, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    """Sends the page, or for HEAD only what would come before it."""
    body = shown.encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*_HEADERS, length, *headers]})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
