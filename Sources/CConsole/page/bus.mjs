// The bus: which subjects messages pass on, who listens, who answers, and what nobody hears.

import { html, useState } from '/console/preact-htm.mjs';
import { bytes, count, duration, rate } from '/console/format.mjs';
import { Heading, Problem, Table, callSystem, useModels, useStored } from '/console/parts.mjs';

const HISTORY = 20;
/** A node with more below is closed at first. */
const MANY = 12;

/** Whether a subject is one that a pattern asks for. */
export function isAskedFor(subject, pattern) {
  const wanted = pattern.split('.');
  const given = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return given.length > index;
    if (index >= given.length || (token !== '*' && token !== given[index])) return false;
  }
  return wanted.length === given.length;
}

/** The subjects as a tree of their tokens, each node with the sums of what lies below. */
export function treeOf(subjects) {
  const root = { name: '', path: '', children: new Map(), rate: 0, messages: 0, bytes: 0, unheard: 0, unanswered: 0, own: null };
  for (const row of subjects) {
    let node = root;
    for (const token of row.subject.split('.')) {
      if (!node.children.has(token)) {
        node.children.set(token, { ...root, name: token, path: node.path ? `${node.path}.${token}` : token, children: new Map(), own: null });
      }
      node = node.children.get(token);
      for (const sum of ['rate', 'messages', 'bytes', 'unheard', 'unanswered']) node[sum] += row[sum];
    }
    node.own = row;
  }
  return root;
}

/** The nodes that are seen, in order. A chain without branches is one line; a node with many below is closed unless it was toggled. */
export function linesOf(root, toggled) {
  const lines = [];
  const visit = (node, depth) => {
    for (let child of [...node.children.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))) {
      let { name } = child;
      while (child.children.size === 1 && !child.own) {
        [child] = child.children.values();
        name += `.${child.name}`;
      }
      const isOpen = (child.children.size <= MANY) !== toggled.has(child.path);
      lines.push({ node: child, name, depth, isOpen, hasChildren: child.children.size > 0 });
      if (isOpen) visit(child, depth + 1);
    }
  };
  visit(root, 0);
  return lines;
}

function Line({ line, patterns, toggle, choose }) {
  const { node, name, depth, isOpen, hasChildren } = line;
  const { own } = node;
  const listeners = own ? patterns.filter(pattern => isAskedFor(node.path, pattern.subject)) : [];
  const bad = node.unheard + node.unanswered > 0;
  return html`<tr class=${bad ? 'alarm' : ''} data-subject=${node.path}>
    <td class="wide"><span class="branch" style=${{ paddingLeft: `${depth * 1.1}rem` }}>
      ${hasChildren ? html`<button type="button" class="quiet toggle" aria-expanded=${isOpen} aria-label=${`${node.path}: ${isOpen ? 'close' : 'open'}`} onClick=${toggle}>${isOpen ? '▾' : '▸'}</button>`
        : html`<span class="toggle"></span>`}
      ${own ? html`<button type="button" class="link" onClick=${() => choose(node.path)} title="Publish on this subject">${name}</button>` : name}</span></td>
    <td class="number">${rate(node.rate)}</td>
    <td class="number">${count(node.messages)}</td>
    <td class="number">${bytes(node.bytes)}</td>
    <td>${listeners.map(pattern => html`<span class="badge" key=${pattern.subject} title=${pattern.subject}>${pattern.clients.join(', ') || pattern.subject}</span> `)}</td>
    <td>${own?.answeredBy && html`${own.answeredBy} <span class="dim">in ${duration(own.answerUs)}</span>`}</td>
    <td class=${bad ? 'bad' : 'dim'}>${node.unheard > 0 && `${count(node.unheard)} unheard `}${node.unanswered > 0 && `${count(node.unanswered)} unanswered`}</td>
  </tr>`;
}

function Form({ subject, setSubject }) {
  const [payload, setPayload] = useStored('bus.payload', '{}');
  const [history, setHistory] = useStored('bus.history', []);
  const [answer, setAnswer] = useState(null);
  const send = async method => {
    const entry = { subject, payload };
    setHistory([entry, ...history.filter(old => old.subject !== subject || old.payload !== payload)].slice(0, HISTORY));
    setAnswer({ text: '…' });
    try {
      const result = await callSystem('$sys.subjects', method, entry);
      setAnswer(method === 'publish' ? { text: 'Published.' } : { text: pretty(result.payload), took: result.us });
    } catch (error) { setAnswer({ error }); }
  };
  return html`<form class="panel" aria-label="Publish and request" onSubmit=${event => { event.preventDefault(); send('request'); }}>
    <div class="row-fields">
      <label>Subject <input name="subject" required value=${subject} onInput=${event => setSubject(event.target.value)} placeholder="get.library.books" size="30"/></label>
      <label class="wide">Payload <textarea name="payload" rows="2" value=${payload} onInput=${event => setPayload(event.target.value)}></textarea></label>
      <button class="primary" disabled=${!subject}>Request</button>
      <button type="button" disabled=${!subject} onClick=${() => send('publish')}>Publish</button>
    </div>
    <div role="status">${answer && (answer.error ? html`<p class="problem">${answer.error.message}</p>`
      : html`<pre class="answer">${answer.text}</pre>${answer.took && html`<span class="dim">answered in ${duration(answer.took)}</span>`}`)}</div>
    ${history.length > 0 && html`<details><summary>History</summary><ul class="history">${history.map(entry => html`<li key=${entry.subject + entry.payload}>
      <button type="button" class="link" onClick=${() => { setSubject(entry.subject); setPayload(entry.payload); }}>${entry.subject}</button>
      <code class="dim">${entry.payload.slice(0, 120)}</code></li>`)}</ul></details>`}
  </form>`;
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

export function BusScreen({ place, go, overview }) {
  const { rows, error } = useModels('$sys.subjects');
  const [toggled, setToggled] = useState(new Set());
  const [subject, setSubject] = useStored('bus.subject', '');
  const text = place.query.get('q') ?? '';
  const fits = row => row.subject.toLowerCase().includes(text.toLowerCase());
  const subjects = rows.filter(row => row.kind === 'subject' && fits(row));
  const patterns = rows.filter(row => row.kind === 'pattern');
  const toggle = path => {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setToggled(next);
  };
  return html`<${Heading} title="Bus" hint=${overview?.broker === false
      ? 'The bus is an external NATS server, whose traffic and subscriptions are not seen here; publish and request work.'
      : 'Subjects that messages pass on while this screen is open, who listens, who answers. What nobody heard or answered is marked.'}/>
    <${Form} subject=${subject} setSubject=${setSubject}/>
    <div class="filters"><input type="search" aria-label="Filter" placeholder="part of a subject" value=${text} onInput=${event => go({ q: event.target.value })}/></div>
    ${error ? html`<${Problem} error=${error}/>` : html`
    <${Table} label="Subjects" empty="No message yet." columns=${[['subject'], ['rate', 'number'], ['messages', 'number'], ['bytes', 'number'], ['heard by'], ['answered by'], ['trouble']]}>
      ${linesOf(treeOf(subjects), toggled).map(line => html`<${Line} key=${line.node.path} line=${line} patterns=${patterns}
        toggle=${() => toggle(line.node.path)} choose=${setSubject}/>`)}
    </${Table}>
    <h2>Subscriptions</h2>
    <${Table} label="Subscriptions" empty="No subscription." columns=${[['pattern'], ['subscribers', 'number'], ['queue groups'], ['whose'], ['delivered', 'number']]}>
      ${patterns.filter(fits).map(row => html`<tr key=${row.subject}>
        <td class="wide">${row.subject}</td><td class="number">${row.subscribers}</td>
        <td>${Object.entries(row.queues).map(([queue, members]) => html`<span class="badge" key=${queue}>${queue} × ${members}</span> `)}</td>
        <td class="dim">${row.clients.join(', ')}</td><td class="number">${count(row.delivered)}</td></tr>`)}
    </${Table}>`}`;
}
