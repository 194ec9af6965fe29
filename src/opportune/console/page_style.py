"""How our pages look: on a desk, on a telephone, on paper, by day and by night."""

from opportune.console.colours import FONT, sheet


def style() -> str:
    """The style sheet of a whole page, its pictures included."""
    return sheet() + _PAGE.replace("FONT", FONT)


_PAGE = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 FONT;overflow-wrap:anywhere}
main,header,footer{max-width:928px;margin:0 auto;padding:0 24px}
header{padding-top:40px}
h1{font-size:34px;line-height:1.15;margin:4px 0 12px;letter-spacing:-.01em}
h2{font-size:22px;line-height:1.25;margin:56px 0 4px;padding-top:16px;border-top:2px solid var(--ink)}
h3{font-size:17px;line-height:1.35;margin:28px 0 2px}
p{margin:6px 0 12px;max-width:70ch}
.eyebrow,.note,figcaption,.label{color:var(--quiet)}
.eyebrow{margin:0;font-size:14px}
.note{font-size:14px}
code,.code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
nav{margin:20px 0 0;font-size:14px}
nav a{color:inherit;margin-right:16px;white-space:nowrap;display:inline-block;padding:2px 0}
.figures{display:grid;grid-template-columns:repeat(3,1fr);gap:20px 24px;margin:24px 0 0;padding:0}
.figures div{border-top:1px solid var(--line);padding-top:8px}
.figures dd{margin:0;font-size:28px;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}
.figures dt{font-size:14px;color:var(--quiet)}
.figures dd small{display:block;font-size:13px;font-weight:400;color:var(--quiet)}
figure{margin:0 0 8px}
figcaption{font-size:14px;margin:0 0 12px}
svg.chart{display:block;max-width:100%;height:auto}
.narrow{display:none}
.beside{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:8px 40px}
p.label{margin:20px 0 4px;font-weight:600}
.beside p.label,.example p.label{margin:4px 0}
details{margin:8px 0;font-size:15px}
details details{margin-left:16px}
summary{cursor:pointer;color:var(--quiet);font-size:14px;padding:4px 0}
details.example{border-top:1px solid var(--line);margin:0;padding:6px 0}
details.example summary{color:var(--ink);font-size:15px}
details.example ol{margin:4px 0 8px;padding-left:22px}
details.example li{margin:3px 0;max-width:72ch}
.scroll{overflow-x:auto;margin:8px 0 16px}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums;overflow-wrap:normal}
th,td{text-align:left;vertical-align:top;padding:6px 16px 6px 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--quiet);font-size:13px}
tbody th{color:var(--ink);font-size:14px;overflow-wrap:anywhere;min-width:110px;max-width:220px}
th.number,td.number{text-align:right;white-space:nowrap}
td:last-child,th:last-child{padding-right:0}
td .quiet,th .quiet{display:block;color:var(--quiet);font-weight:400;font-size:13px}
td.long{min-width:200px}
ul{padding-left:20px;margin:6px 0 12px}
li{margin:4px 0;max-width:74ch}
footer{margin-top:56px;padding-bottom:48px}
.warning{border-left:4px solid var(--s1);padding:4px 0 4px 12px;margin:12px 0;max-width:74ch}
@media screen and (max-width:760px){
main,header,footer{padding:0 20px}
header{padding-top:24px}
h1{font-size:26px}
.wide{display:none}
.narrow{display:block}
.beside{grid-template-columns:minmax(0,1fr)}
.figures{grid-template-columns:repeat(2,1fr);gap:14px 20px}
.figures dd{font-size:24px}
table.folds thead{display:none}
table.folds tr{display:block;padding:8px 0;border-bottom:1px solid var(--line)}
table.folds th,table.folds tbody th,table.folds td,table.folds td.number,table.folds td.long{display:block;border:0;
padding:1px 0;text-align:left;min-width:0;max-width:none;white-space:normal}
table.folds td .quiet{display:inline;margin-left:8px}
table.folds td[data-name]::before{content:attr(data-name) ": ";color:var(--quiet)}
}
@media print{
body{font-size:11pt}
main,header,footer{max-width:none;padding:0}
nav,summary.table{display:none}
h2{margin-top:24pt}
h2,h3,figcaption{break-after:avoid}
figure,tr,.figures{break-inside:avoid}
svg.chart{max-width:17cm}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""
