/** How a program plays here: what to type, with this gateway's address in it. */

export function ConnectView({ address }: { readonly address: string }) {
  const host = address.replace(/^wss?:\/\//, '');
  return (
    <div class="prose">
      <h1>Let a program play</h1>
      <p>
        This page is one client among others. A program keeps one WebSocket, streams key presses, and gets
        back, in order, what became of each one and the emulated frames it ran on.
      </p>
      <p class="address">
        <code>{address}/v1</code>
      </p>
      <h2>From a terminal</h2>
      <pre tabIndex={0}>
        <code>{`npx joywire send "W:60 START W:60 RIGHT*3 A+B" --url ${address}`}</code>
      </pre>
      <p>
        <code>UP*3</code> three times, <code>A:10</code> held for ten frames, <code>A+B</code> together,{' '}
        <code>W:30</code> wait, <code>(A B)*2</code> a group.
      </p>
      <h2>From JavaScript or TypeScript</h2>
      <pre tabIndex={0}>
        <code>{`import { connect } from 'joywire/client';

await using pad = await connect('${host}');
const outcomes = await pad.send('START W:60 RIGHT*3');
for (const { seq, status, firstFrame } of outcomes) {
  console.log(seq, status, firstFrame);
}`}</code>
      </pre>
      <h2>From anything else</h2>
      <p>
        Any language with a WebSocket will do: subprotocol <code>joywire.v1.msgpack</code> or{' '}
        <code>joywire.v1.json</code>. The page <code>docs/protocol.md</code> of the package is enough to write
        a client from.
      </p>
      <h2>Look inside</h2>
      <ul>
        <li>
          <a href="./metrics">/metrics</a> figures for Prometheus
        </li>
        <li>
          <a href="./emulators">/emulators</a> the emulators and who plays
        </li>
        <li>
          <a href="./readyz">/readyz</a> whether new sessions are taken
        </li>
      </ul>
    </div>
  );
}
