//! The look of the report: large letters, two colour schemes, and paper.

pub(super) const CSS: &str = "
:root{color-scheme:light dark;--ink:#1a1a1c;--paper:#fff;--soft:#f1f1f4;--line:#767676;--warn:#a63300;--blue:#0017c1}
@media (prefers-color-scheme:dark){:root{--ink:#f1f1f4;--paper:#1a1a1c;--soft:#2a2a2e;--line:#949494;--warn:#ff9d5c;--blue:#9db7f9}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.125rem/1.7 'BIZ UDPGothic','Noto Sans CJK JP',sans-serif;word-break:auto-phrase;overflow-wrap:anywhere}
main{max-width:44rem;margin:0 auto;padding:1rem}
h1{font-size:1.75rem;margin:.5rem 0}h2{font-size:1.4rem;margin:0 0 .5rem}h3{font-size:1.15rem;margin:0;color:var(--warn)}
section{margin:1.5rem 0}.when,.small{font-size:1rem}
.summary{border:2px solid var(--line);border-radius:.75rem;padding:1rem}.summary.found{border-color:var(--warn)}
.card{background:var(--soft);border-radius:.75rem;padding:1rem;margin:.75rem 0;break-inside:avoid}
.card p{margin:.35rem 0}.amount{white-space:nowrap}
svg{display:block;width:100%;height:auto;max-height:18rem}
svg .axis{stroke:var(--line);stroke-width:1}svg .balance{fill:none;stroke:var(--blue);stroke-width:2}
svg .hole{fill:none;stroke:var(--ink);stroke-width:2;stroke-dasharray:2 8}
svg .zero{stroke:var(--warn);stroke-dasharray:4 4}svg .mark{fill:var(--warn)}svg text{fill:var(--ink);font-size:18px}
@media (max-width:40rem){svg text{font-size:28px}}
.letter{border-top:3px double var(--line);padding-top:1rem}.letter table{border-collapse:collapse;width:100%}
.letter td,.letter th{border:1px solid var(--line);padding:.35rem .5rem;text-align:left;font-size:1rem}
.letter td.n{text-align:right;white-space:nowrap}.letter td.d{white-space:nowrap}
@media (max-width:40rem){.letter td,.letter th{padding:.35rem .3rem}}
.pair{display:inline-block;white-space:nowrap}
.blank{display:inline-block;min-width:12rem;border-bottom:1px solid var(--ink)}
label{display:block;font-weight:700}label.check{font-weight:400}
input[type=file],input[type=text],textarea{width:100%;font:inherit;padding:.5rem;border:1px solid var(--line);border-radius:.5rem;background:var(--paper);color:var(--ink)}
fieldset{border:1px solid var(--line);border-radius:.5rem;margin:.75rem 0;min-width:0}legend{font-weight:700}
[aria-invalid]{border:3px solid var(--warn)!important}code{font:inherit;background:var(--soft);padding:.25rem .5rem;border-left:4px solid var(--warn);display:block;white-space:pre-wrap}a{color:var(--blue)}label.check{padding:.35rem 0}label.check input{width:1.5rem;height:1.5rem;vertical-align:middle}
summary{padding:.6rem 0;font-weight:700;cursor:pointer}
button{font:inherit;font-weight:700;min-height:3rem;width:100%;border:0;border-radius:.5rem;background:var(--blue);color:var(--paper)}
@media print{.no-print{display:none}:root{--ink:#000;--paper:#fff;--soft:#fff;--line:#000;--warn:#000;--blue:#000}.card{border:1px solid #000}.letter{break-before:page;border:0}}
";
