/** The landing page: what this is, where to connect, what to try first. No script; its style is a route of its own. */
import { ENDPOINT, SUBPROTOCOLS } from '../../shared/protocol.ts';

/** @param host the `Host` header of the request, as checked: where the reader reaches this gateway */
export function landingPage(host: string, version: string): string {
  const at = escape(host);
  const socket = `ws://${at}${ENDPOINT}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Joywire</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<img src="/favicon.svg" alt="" width="56" height="56">
<div>
<h1>Joywire</h1>
<p>A real-time WebSocket gateway between game-playing agents and Game Boy emulators.</p>
</div>
</header>
<main>
<section class="screen">
<h2>This gateway is running</h2>
<p class="address"><code>${socket}</code></p>
<p>Send key presses here. Each one is answered, in order, with what became of it and the emulated frames it ran on.</p>
</section>
<section>
<h2>Press a key</h2>
<pre><code>npx joywire send <b>"A B UP*3"</b> --url ws://${at}</code></pre>
<p><code>UP*3</code> three times, <code>A:10</code> held for ten frames, <code>A+B</code> together,
<code>W:30</code> wait, <code>(A B)*2</code> a group.</p>
</section>
<section>
<h2>From a program</h2>
<pre><code>import { connect } from <b>'joywire/client'</b>;

await using pad = await connect(<b>'${at}'</b>);
const outcomes = await pad.send(<b>'START W:60 RIGHT*3'</b>);
for (const { seq, status, firstFrame } of outcomes) {
  console.log(seq, status, firstFrame);
}</code></pre>
<p>Any language with a WebSocket will do: subprotocol <code>${SUBPROTOCOLS.msgpack}</code> or
<code>${SUBPROTOCOLS.json}</code>.</p>
</section>
<section>
<h2>Watch it work</h2>
<pre><code>npx joywire stats --url ws://${at}</code></pre>
<ul>
<li><a href="/metrics">/metrics</a> figures for Prometheus</li>
<li><a href="/livez">/livez</a> the process lives</li>
<li><a href="/readyz">/readyz</a> it takes new sessions</li>
</ul>
</section>
</main>
<footer>Joywire ${escape(version)}</footer>
</body>
</html>
`;
}

/** A text as HTML: the host is checked before, but a page must not depend on that. */
function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

export const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#306230"/>
<path d="M6 13h4V9h4v4h4v4h-4v4h-4v-4H6z" fill="#e0f8cf"/>
<circle cx="25" cy="12" r="2.6" fill="#e0f8cf"/>
<circle cx="20.5" cy="19.5" r="2.6" fill="#86c06c"/>
</svg>
`;

export const STYLE = `:root {
  color-scheme: light dark;
  --ink: #10240f;
  --soft: #4c6349;
  --paper: #f3f7ec;
  --panel: #ffffff;
  --line: #d5e0c8;
  --accent: #2f6a2f;
  --screen: #c8dc9c;
  --screen-ink: #0f380f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6f2da;
    --soft: #9db393;
    --paper: #0d150c;
    --panel: #142012;
    --line: #263823;
    --accent: #9bd67f;
    --screen: #1f3a1c;
    --screen-ink: #d6f5b8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto;
  max-width: 46rem;
  padding: clamp(1.5rem, 5vw, 4rem) 1.25rem 2rem;
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.6 system-ui, sans-serif;
}
header { display: flex; gap: 1.1rem; align-items: center; margin-bottom: 2rem; }
header p { margin: 0; color: var(--soft); }
h1 { margin: 0; font-size: 2rem; line-height: 1.15; letter-spacing: -0.02em; }
h2 { margin: 0 0 0.5rem; font-size: 1.05rem; }
main { display: grid; gap: 1rem; }
section { padding: 1.2rem 1.4rem; background: var(--panel); border: 1px solid var(--line); border-radius: 0.8rem; }
section p { margin: 0.5rem 0 0; color: var(--soft); }
.screen { background: var(--screen); border-color: transparent; color: var(--screen-ink); }
.screen p { color: inherit; }
.screen .address { margin: 0; font-size: clamp(1.1rem, 4vw, 1.5rem); font-weight: 600; overflow-wrap: anywhere; }
code { font: 0.92em/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
.address code { font-size: 1em; }
pre { margin: 0; overflow-x: auto; }
pre b { color: var(--accent); font-weight: 600; }
ul { margin: 0.7rem 0 0; padding: 0; list-style: none; color: var(--soft); }
a { color: var(--accent); font-weight: 600; margin-right: 0.5em; }
footer { margin-top: 1.5rem; color: var(--soft); font-size: 0.85rem; }
`;
