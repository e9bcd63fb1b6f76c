// The live wire: every request and event as it happens, and what it is made of.

import { html, useEffect, useRef, useState } from '/console/preact-htm.mjs';
import { addressOf } from '/console/address.mjs';
import { client, useRedraw } from '/console/live.mjs';
import { bytes, clock, count, download, duration } from '/console/format.mjs';
import { Heading, Problem, callSystem } from '/console/parts.mjs';

/** Rows that are kept, and rows that are drawn. */
const KEPT = 2000;
const DRAWN = 120;
const KINDS = [['http', 'HTTP'], ['ws', 'WebSocket'], ['event', 'events'], ['nats', 'NATS']];

/** The exchanges of the server, the newest last, for as long as somebody watches. */
export class Wire {
  rows = [];
  error = null;
  #resource = null;
  #isOver = false;
  #changed;
  #received = ({ rows }) => this.#add(rows);
  #isAsking = false;
  #again = () => { if (!this.#resource) this.#follow(); };

  /** `changed` is called when there is something new; it may be told the rows. */
  constructor(changed) {
    this.#changed = changed;
    client.on('connect', this.#again);
    this.#follow();
  }

  async #follow() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const resource = await client.subscribe('$sys.exchanges');
      if (this.#isOver) return resource.release();
      this.error = null;
      this.#resource = resource;
      const before = this.rows.length;
      const recent = await callSystem('$sys.exchanges', 'recent');
      if (before === 0) this.#add(recent, true);
      resource.on('rows', this.#received).on('change', this.#changed).on('unsubscribe', error => {
        this.error = error;
        this.#changed([]);
      });
    } catch (error) {
      this.error = error;
      this.#changed([]);
    } finally {
      this.#isAsking = false;
    }
  }

  #add(rows, isOld = false) {
    this.rows.push(...rows);
    if (this.rows.length > KEPT + 500) this.rows.splice(0, this.rows.length - KEPT);
    this.#changed(isOld ? [] : rows);
  }

  get skipped() { return this.#resource?.props.skipped ?? 0; }
  get seen() { return this.#resource?.props.seen ?? 0; }

  clear() { this.rows = []; }

  close() {
    this.#isOver = true;
    client.off('connect', this.#again);
    this.#resource?.off('rows', this.#received).off('change', this.#changed);
    this.#resource?.release();
  }
}

/** Whether a row fits what was typed: all words, each in the resource, a part's subject, the client, the method or the error. */
export function matches(row, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const where = [row.resource, row.client, row.action, row.method, row.error, row.status, ...row.parts.map(part => part.subject)]
    .join(' ').toLowerCase();
  return words.every(word => (word.startsWith('-') && word.length > 1 ? !where.includes(word.slice(1)) : where.includes(word)));
}

function outcome(row) {
  if (row.status) return [row.status, row.status >= 400 ? 'bad' : 'good'];
  if (row.error) return [row.error.replace(/^system\./, ''), 'bad'];
  return [row.kind === 'event' || row.kind === 'nats' ? '' : 'ok', 'good'];
}

/** One bar of the waterfall; places are microseconds. */
function Bar({ title, detail, start, length, total, kind, error }) {
  const left = Math.min(99, Math.max(0, (start / total) * 100));
  const width = Math.min(100 - left, Math.max(0.6, (length / total) * 100));
  return html`<li class="step">
    <span class="step-name" title=${detail}>${title}</span>
    <span class="track"><span class=${`bar-${kind} ${error ? 'bad' : ''}`} style=${{ left: `${left}%`, width: `${width}%` }}></span></span>
    <span class="step-time">${duration(length)}</span>
    ${detail && html`<code class="step-detail">${detail}${error && html` <b class="bad">${error}</b>`}</code>`}
  </li>`;
}

function Statement({ statement, total, database }) {
  const [plan, setPlan] = useState(null);
  const explain = async () => {
    try {
      const { results } = await callSystem(`$sys.database.${database}`, 'explain', { sql: statement.sql });
      setPlan(results[0]?.plan?.length ? results[0].plan.map(line => '  '.repeat(line.depth) + line.detail).join('\n') : 'no plan: it reads no table');
    } catch (error) { setPlan(error.message); }
  };
  return html`<${Bar} title=${statement.shared ? 'SQL, shared' : 'SQL'} detail=${statement.sql} start=${statement.start} length=${statement.us} total=${total} kind="sql"/>
    <li class="plan">${plan === null ? html`<button type="button" class="copy" onClick=${explain}>Plan</button>` : html`<pre>${plan}</pre>`}</li>`;
}

/** The parts of an exchange, each where its time lies. */
export function Waterfall({ row }) {
  const total = Math.max(row.us, ...row.parts.map(part => part.start + part.us), 1);
  const title = { http: 'HTTP request', ws: 'WebSocket request', event: 'event', nats: 'message' }[row.kind];
  return html`<div class="waterfall">
    <ol>
      <${Bar} title=${title} detail=${`${row.action} ${row.method ?? ''} ${row.resource}`} start=${0} length=${row.us} total=${total} kind="whole" error=${row.error}/>
      ${row.parts.map((part, index) => {
        const database = part.subject.split('.')[1];
        return html`<${Bar} key=${index} title=${part.title} detail=${part.subject} start=${part.start} length=${part.us} total=${total}
          kind=${part.title === 'access' ? 'access' : 'bus'} error=${part.error}/>
          ${part.sql.map((statement, place) => html`<${Statement} key=${`${index}.${place}`} statement=${statement} total=${total} database=${database}/>`)}`;
      })}
      ${row.events.map((event, index) => html`<${Bar} key=${`e${index}`} title=${`event ${event.event}`} start=${event.start} length=${0} total=${total}
        kind="event" detail=${`${event.resource} → ${event.clients} client${event.clients === 1 ? '' : 's'}`}/>`)}
    </ol>
    <dl class="facts">
      <div><dt>client</dt><dd><code>${row.client || '–'}</code></dd></div>
      <div><dt>answer</dt><dd>${bytes(row.bytes)}</dd></div>
      ${row.kind !== 'nats' && html`<div><dt>resource</dt><dd><a href=${addressOf(row.resource.split('?')[0])}>${row.resource}</a></dd></div>`}
      ${row.params !== undefined && html`<div><dt>parameters</dt><dd><code>${JSON.stringify(row.params)}</code></dd></div>`}
    </dl>
  </div>`;
}

function Row({ row, isOpen, toggle }) {
  const [text, kind] = outcome(row);
  const reached = row.events.reduce((sum, event) => sum + event.clients, 0);
  return html`<tr class=${`exchange ${isOpen ? 'open' : ''}`} data-id=${row.id}>
      <td class="time"><button type="button" class="quiet toggle" aria-expanded=${isOpen} onClick=${toggle}
        aria-label=${`${row.action} ${row.resource}`}>${isOpen ? '▾' : '▸'}</button>${clock(row.at)}</td>
      <td><span class=${`kind ${row.kind}`}>${row.kind}</span></td>
      <td class="dim">${row.client}</td>
      <td>${row.action}${row.method && row.method !== row.action ? html` <b>${row.method}</b>` : ''}</td>
      <td class="wide"><span class="value">${row.resource}</span></td>
      <td class=${kind}>${text}</td>
      <td class="number">${row.kind === 'event' || row.kind === 'nats' ? '' : duration(row.us)}</td>
      <td class="number">${row.events.length ? `${row.events.length} → ${reached}` : ''}</td>
    </tr>
    ${isOpen && html`<tr class="detail"><td colspan="8"><${Waterfall} row=${row}/></td></tr>`}`;
}

export function WireScreen({ place, go }) {
  const redraw = useRedraw();
  const wire = useRef(null);
  const [frozen, setFrozen] = useState(null);
  const [opened, setOpened] = useState(null);
  useEffect(() => {
    wire.current = new Wire(redraw);
    redraw();
    return () => wire.current.close();
  }, []);
  const text = place.query.get('q') ?? '';
  const hidden = new Set((place.query.get('hide') ?? '').split(',').filter(Boolean));
  const all = frozen ?? wire.current?.rows ?? [];
  const fitting = [];
  for (let index = all.length - 1; index >= 0 && fitting.length < DRAWN; index -= 1) {
    if (!hidden.has(all[index].kind) && matches(all[index], text)) fitting.push(all[index]);
  }
  const skipped = wire.current?.skipped;
  const hide = kind => {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    go({ hide: [...next].join(',') });
  };
  const save = () => download('exchanges.jsonl', all.filter(row => !hidden.has(row.kind) && matches(row, text))
    .map(row => JSON.stringify(row)).join('\n') + '\n', 'application/x-ndjson');
  return html`<${Heading} title="Live wire" hint="Every request and event as it happens. A row opens into its parts, each where its time went.">
      <button type="button" class=${frozen ? 'primary' : ''} aria-pressed=${Boolean(frozen)}
        onClick=${() => setFrozen(frozen ? null : [...all])}>${frozen ? 'Go on' : 'Pause'}</button>
      <button type="button" onClick=${() => { wire.current.clear(); setFrozen(null); redraw(); }}>Clear</button>
      <button type="button" onClick=${save} disabled=${!all.length}>Export</button>
    </${Heading}>
    <div class="filters" role="group" aria-label="What is shown">
      <input type="search" aria-label="Filter" placeholder="resource, subject, client, error; -word leaves out" size="34" value=${text}
        onInput=${event => go({ q: event.target.value })}/>
      ${KINDS.map(([kind, name]) => html`<label key=${kind} class="check"><input type="checkbox" checked=${!hidden.has(kind)} onChange=${() => hide(kind)}/>${name}</label>`)}
      <span class="dim" role="status">${count(wire.current?.seen)} seen${skipped ? `, ${count(skipped)} too fast to show` : ''}${frozen ? ', paused' : ''}</span>
    </div>
    ${wire.current?.error && html`<${Problem} error=${wire.current.error}/>`}
    ${fitting.length ? html`<div class="grid wire" role="region" aria-label="Exchanges" tabindex="0"><table>
      <thead><tr><th scope="col" class="plain">time</th><th scope="col" class="plain">by</th><th scope="col" class="plain">client</th><th scope="col" class="plain">what</th>
        <th scope="col" class="plain">resource or subject</th><th scope="col" class="plain">result</th><th scope="col" class="plain number">took</th>
        <th scope="col" class="plain number">events → clients</th></tr></thead>
      <tbody>${fitting.map(row => html`<${Row} key=${row.id} row=${row} isOpen=${opened === row.id} toggle=${() => setOpened(opened === row.id ? null : row.id)}/>`)}</tbody>
    </table></div>`
      : !wire.current?.error && html`<p class="notice">${all.length ? 'Nothing fits the filter.' : 'Nothing yet. Requests show here as they come, from any client: try the Explorer in another window, or curl.'}</p>`}`;
}
