// Chaos and time: what goes wrong on purpose, and sessions that are recorded and played again.

import { html, useEffect, useState } from '/console/preact-htm.mjs';
import { duration } from '/console/format.mjs';
import { useRedraw, useResource } from '/console/live.mjs';
import { ActionButton, Heading, Problem, callSystem } from '/console/parts.mjs';
import { session } from '/console/session.mjs';

const ROLES = [['client', 'requests of clients'], ['http', 'HTTP requests'], ['ws', 'WebSocket requests'], ['service', 'what the gateway asks of services']];
const SLIDERS = [
  ['latency', 'Latency', 0, 3000, 10, 'ms', ['client', 'http', 'ws', 'service']],
  ['jitter', 'Jitter', 0, 1000, 10, 'ms', ['client', 'http', 'ws', 'service']],
  ['errors', 'Errors', 0, 100, 1, '%', ['client', 'http', 'ws', 'service']],
  ['drops', 'Dropped sockets', 0, 100, 1, '%', ['client', 'http', 'ws']],
  ['timeouts', 'Timeouts', 0, 100, 1, '%', ['client', 'http', 'ws', 'service']],
  ['stall', 'Slow consumers: write only once in', 0, 5000, 50, 'ms', ['client', 'ws']],
];
const CALM = { role: 'client', pattern: '>', latency: 0, jitter: 0, errors: 0, drops: 0, timeouts: 0, stall: 0 };

/** A rule as the command line and `$sys.chaos` take it. */
export function ruleText(rule) {
  const takes = name => SLIDERS.find(([known]) => known === name)[6].includes(rule.role);
  const words = [rule.role];
  if (rule.pattern && rule.pattern !== '>') words.push(rule.pattern);
  if (rule.connection) words.push(`connection=${rule.connection}`);
  if (rule.latency) words.push(`latency=${rule.latency}ms${rule.jitter ? `±${rule.jitter}ms` : ''}`);
  for (const name of ['errors', 'drops', 'timeouts']) if (rule[name] && takes(name)) words.push(`${name}=${rule[name]}%`);
  if (rule.stall && takes('stall')) words.push(`stall=${rule.stall}ms`);
  return words.join(' ');
}

function Slider({ slider: [name, title, min, max, step, unit], rule, set }) {
  return html`<label class="slider"><span>${title}</span>
    <input type="range" name=${name} min=${min} max=${max} step=${step} value=${rule[name]} onInput=${event => set({ ...rule, [name]: Number(event.target.value) })}/>
    <span class="amount"><input type="number" aria-label=${`${title}, ${unit}`} min=${min} max=${max} step=${step} value=${rule[name]} onInput=${event => set({ ...rule, [name]: Math.min(max, Math.max(min, Number(event.target.value) || 0)) })}/> ${unit}</span>
  </label>`;
}

function Rules({ model }) {
  const [rule, setRule] = useState(CALM);
  const [seed, setSeed] = useState(model.props.seed);
  useEffect(() => setSeed(model.props.seed), [model.props.seed]);
  const { rules } = model.props;
  const apply = (texts, other = seed) => callSystem('$sys.chaos', 'set', { rules: texts, seed: other });
  const texts = rules.map(known => known.text);
  const isIdle = SLIDERS.every(([name, , , , , , roles]) => name === 'jitter' || !rule[name] || !roles.includes(rule.role));
  return html`<div class="columns">
    <form class="panel" aria-label="A rule" onSubmit=${event => event.preventDefault()}><h2>Disturb</h2>
      <div class="row-fields">
        <label>Whose <select name="role" value=${rule.role} onChange=${event => setRule({ ...rule, role: event.target.value })}>
          ${ROLES.map(([role, title]) => html`<option key=${role} value=${role}>${title}</option>`)}</select></label>
        <label>Resources <input name="pattern" size="18" value=${rule.pattern} onInput=${event => setRule({ ...rule, pattern: event.target.value.trim() })} placeholder="library.books.>"/></label>
      </div>
      ${SLIDERS.filter(slider => slider[6].includes(rule.role)).map(slider => html`<${Slider} key=${slider[0]} slider=${slider} rule=${rule} set=${setRule}/>`)}
      <p><code class="dim">--chaos '${ruleText(rule)}'</code></p>
      <div class="row-fields"><${ActionButton} kind="primary" disabled=${isIdle} action=${async () => { await apply([...texts, ruleText(rule)]); setRule({ ...CALM, role: rule.role }); }}>Add this rule</${ActionButton}></div>
    </form>
    <section class="panel" aria-label="What is active"><h2>Active</h2>
      <ul class="rules">${rules.map((known, index) => html`<li key=${known.text + index}><code>${known.text}</code>
        <${ActionButton} kind="quiet" label=${`Remove ${known.text}`} action=${() => apply(texts.filter((_, place) => place !== index))}>✕</${ActionButton}></li>`)}</ul>
      ${!rules.length && html`<p class="dim">Nothing. All is served as fast and as well as it can be.</p>`}
      <div class="row-fields">
        <label>Seed <input name="seed" size="12" inputmode="numeric" value=${seed} onInput=${event => setSeed(event.target.value)}/></label>
        <${ActionButton} label="Begin anew with this seed" action=${() => apply(texts)}>Begin anew</${ActionButton}>
        <${ActionButton} kind="danger" disabled=${!rules.length} action=${() => callSystem('$sys.chaos', 'clear')}>Clear all</${ActionButton}>
      </div>
      <p class="hint">With the same seed the n-th request of a kind meets the same fate in every run. A single request asks for a delay with the header <code>X-Resdev-Delay: 200ms</code> or <code>?_delay=200ms</code>.</p>
    </section>
  </div>`;
}

function Session() {
  const redraw = useRedraw();
  const [speed, setSpeed] = useState(1);
  const [problem, setProblem] = useState(null);
  useEffect(() => session.follow(redraw), []);
  const load = async event => {
    const [file] = event.target.files;
    event.target.value = '';
    setProblem(null);
    try { if (file) session.load(await file.text()); } catch (error) { setProblem(error.message); }
  };
  const { requests, played, isRecording, isPlaying, note } = session;
  const toggle = async () => {
    setProblem(null);
    try { await (isRecording ? session.stop() : session.record()); } catch (error) { setProblem(error.message); }
  };
  return html`<section class="panel" aria-label="Record and replay"><h2>Record and replay</h2>
    <div class="row-fields">
      <button type="button" class=${isRecording ? 'danger' : 'primary'} aria-pressed=${isRecording} disabled=${isPlaying}
        onClick=${toggle}>${isRecording ? 'Stop recording' : 'Record'}</button>
      <button type="button" disabled=${!requests.length || isRecording} aria-pressed=${isPlaying} onClick=${() => (isPlaying ? session.halt() : session.play(speed))}>${isPlaying ? 'Halt' : 'Replay'}</button>
      <label>Speed <select value=${speed} onChange=${event => setSpeed(Number(event.target.value))}>
        ${[[1, 'as recorded'], [4, '4 times'], [20, '20 times'], [Infinity, 'at once']].map(([value, title]) => html`<option key=${title} value=${value}>${title}</option>`)}</select></label>
      <button type="button" disabled=${!requests.length} onClick=${() => session.save()}>Save</button>
      <label>Load <input type="file" accept=".jsonl" onChange=${load}/></label>
    </div>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <p class="dim" role="status">${isRecording ? `Recording: ${session.count} requests so far. What clients ask for and services answer is kept, with its time.`
      : requests.length ? `${requests.length} requests over ${duration(session.length * 1000)}.` : 'Nothing is recorded.'}
      ${played.length > 0 && ` Replayed ${played.length}: ${played.filter(one => one.isSame).length} ended as recorded.`}</p>
    ${note && html`<p class="problem" role="status">${note}</p>`}
    <p class="hint">What is saved here, <code>resdev replay session.jsonl</code> serves in the place of the services; and what <code>resdev record</code> writes can be loaded here.</p>
    ${played.length > 0 && html`<div class="grid" role="region" aria-label="Replayed" tabindex="0"><table>
      <thead><tr><th scope="col" class="plain">request</th><th scope="col" class="plain">then</th><th scope="col" class="plain">now</th><th scope="col" class="plain number">took then</th><th scope="col" class="plain number">now</th></tr></thead>
      <tbody>${played.slice(-200).map((one, index) => html`<tr key=${index} class=${one.isSame ? '' : 'alarm'}><td class="wide">${one.request.action} ${one.request.method ?? ''} ${one.request.resource}</td>
        <td>${one.request.result}</td><td class=${one.isSame ? '' : 'bad'}>${one.result}</td><td class="number">${duration(one.request.us)}</td><td class="number">${duration(one.us)}</td></tr>`)}</tbody>
    </table></div>`}
  </section>`;
}

export function ChaosScreen() {
  const { resource, error } = useResource('$sys.chaos');
  return html`<${Heading} title="Chaos and time" hint="Let things go wrong on purpose, to see how an app takes it. What is active is shown above on every screen."/>
    ${error ? html`<${Problem} error=${error}/>` : resource?.props ? html`<${Rules} model=${resource}/>` : html`<p class="notice">Loading…</p>`}
    <${Session}/>`;
}
