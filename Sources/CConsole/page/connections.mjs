// The clients: who is connected, what each has, and what can be done to it; and the live queries that it all comes down to.

import { html, useEffect, useState } from '/console/preact-htm.mjs';
import { addressOf } from '/console/address.mjs';
import { useResource } from '/console/live.mjs';
import { bytes, count, rate } from '/console/format.mjs';
import { ActionButton, Heading, Problem, Table, callSystem, useModels } from '/console/parts.mjs';
import { textOf } from '/console/values.mjs';

const COLUMNS = [['client'], ['address'], ['name'], ['token'], ['subscriptions', 'number'], ['in', 'number'], ['out', 'number'],
  ['lag', 'number'], ['memory', 'number'], ['']];

/** What one client has. */
function Subscriptions({ row }) {
  const [list, setList] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    let isOver = false;
    callSystem(`$sys.connections.${row.id}`, 'subscriptions')
      .then(found => { if (!isOver) setList(found); }, error => { if (!isOver) setProblem(error); });
    return () => { isOver = true; };
  }, [row.id, row.subscriptions]);
  if (problem) return html`<p class="problem" role="alert">${problem.message}</p>`;
  if (!list) return html`<p class="dim">Loading…</p>`;
  if (!list.length) return html`<p class="dim">No subscription.</p>`;
  return html`<ul class="subscriptions">${list.map(entry => html`<li key=${entry.name}>
    ${row.kind === 'ws' ? html`<a href=${entry.name.startsWith('$sys') ? null : addressOf(entry.name.split('?')[0])}>${entry.name}</a>` : html`<code>${entry.name}</code>`}
    <span class="dim">${row.kind === 'ws' ? `${entry.direct} direct, ${entry.indirect} by reference`
      : `${entry.queue ? `queue ${entry.queue}, ` : ''}${count(entry.delivered)} delivered`}</span></li>`)}</ul>`;
}

/** What a client calls itself, shortened to what tells it from others. */
export function shortName(name) {
  const browser = name.match(/(Edg|OPR|Firefox|Chrome|HeadlessChrome|Version)\/(\d+)/);
  if (!name.startsWith('Mozilla/') || !browser) return name;
  return `${{ Edg: 'Edge', OPR: 'Opera', Version: 'Safari' }[browser[1]] ?? browser[1]} ${browser[2]}`;
}

function Delay({ row }) {
  const [text, setText] = useState(row.delay ?? '');
  useEffect(() => setText(row.delay ?? ''), [row.delay]);
  return html`<label class="inline">delay <input size="8" value=${text} placeholder="200ms±50" aria-label=${`Delay of ${row.id}`} onInput=${event => setText(event.target.value)}/></label>
    <${ActionButton} label=${`Set the delay of ${row.id}`} action=${() => callSystem(`$sys.connections.${row.id}`, 'delay', { latency: text })}>Set</${ActionButton}>`;
}

function Client({ row, isSelf, isOpen, toggle }) {
  const rid = `$sys.connections.${row.id}`;
  return html`<tr class=${isOpen ? 'open' : ''} data-client=${row.id}>
      <td><button type="button" class="quiet toggle" aria-expanded=${isOpen} aria-label=${`Subscriptions of ${row.id}`} onClick=${toggle}>${isOpen ? '▾' : '▸'}</button>
        <span class=${`kind ${row.kind}`}>${row.kind}</span> ${row.id}</td>
      <td class="dim">${row.address}</td>
      <td><span class="value" title=${row.name}>${shortName(row.name) || '–'}</span>${isSelf && html` <span class="badge">this page</span>`} <span class="dim">${row.version}</span></td>
      <td>${row.token === null ? html`<span class="dim">${row.user || 'none'}</span>` : html`<code class="value" title=${textOf(row.token)}>${textOf(row.token)}</code>`}</td>
      <td class="number">${count(row.subscriptions)}</td>
      <td class="number" title=${`${count(row.messagesIn)} messages`}>${rate(row.rateIn)}</td>
      <td class="number" title=${`${count(row.messagesOut)} messages, ${bytes(row.bytesOut)}`}>${rate(row.rateOut)}</td>
      <td class=${`number ${row.pendingBytes > 65536 ? 'bad' : ''}`}>${bytes(row.pendingBytes)}</td>
      <td class="number">${bytes(row.memory)}</td>
      <td class="buttons">
        <${ActionButton} kind="danger" label=${`Drop ${row.id}`} action=${() => callSystem(rid, 'drop')}>Drop</${ActionButton}>
      </td>
    </tr>
    ${isOpen && html`<tr class="detail"><td colspan=${COLUMNS.length}>
      ${row.kind === 'ws' && html`<div class="inline-form">
        <${ActionButton} label=${`Ask for access of ${row.id} anew`} action=${() => callSystem(rid, 'reaccess')}>Reaccess</${ActionButton}>
        <${ActionButton} label=${`Revoke the token of ${row.id}`} action=${() => callSystem(rid, 'revoke')}>Revoke the token</${ActionButton}>
        <${Delay} row=${row}/>${row.delay && html`<span class="badge warn">delayed by ${row.delay}</span>`}</div>`}
      <${Subscriptions} row=${row}/></td></tr>`}`;
}

/** A value of a live query as people read it. */
function cellOf(value) {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.join(', ') : textOf(value);
}

/** The live queries of a database, as `<database>.$live` tells of them; nothing where it does not. */
function LiveQueries({ database }) {
  const { resource, error, rows } = useModels(`${database}.$live`);
  if (error || !resource) return null;
  const values = resource.list ? (rows.length ? rows : resource.toArray()) : Object.values(resource.props);
  const list = values.map(value => value?.props ?? value).flat().filter(value => value && typeof value === 'object');
  const columns = [...new Set(list.flatMap(row => Object.keys(row)))].slice(0, 14);
  return html`<h2>Live queries of ${database}</h2>
    <${Table} label=${`Live queries of ${database}`} empty="No live query." columns=${columns.map(name => [name])}>
      ${list.map((row, index) => html`<tr key=${index}>${columns.map(name => html`<td key=${name} class=${typeof row[name] === 'number' ? 'number' : ''}>${cellOf(row[name])}</td>`)}</tr>`)}
    </${Table}>`;
}

export function ConnectionsScreen({ place, go, server, overview }) {
  const { rows, error, resource } = useModels('$sys.connections');
  const { resource: self } = useResource('$sys.connections.{cid}');
  const [opened, setOpened] = useState(null);
  const text = (place.query.get('q') ?? '').toLowerCase();
  const shown = rows.filter(row => `${row.id} ${row.kind} ${row.address} ${row.name} ${row.user}`.toLowerCase().includes(text));
  return html`<${Heading} title="Connections" hint=${overview
      ? `${count(overview.webSockets)} on WebSockets, ${count(overview.connections - overview.webSockets)} other HTTP connections, ${count(overview.natsClients)} on NATS; ${count(overview.resources)} resources in the gateway's cache.` : ''}/>
    <div class="filters"><input type="search" aria-label="Filter" placeholder="client, address, name" value=${place.query.get('q') ?? ''} onInput=${event => go({ q: event.target.value })}/></div>
    ${error ? html`<${Problem} error=${error}/>` : !resource ? html`<p class="notice">Loading…</p>` : html`
    <${Table} label="Clients" columns=${COLUMNS} empty="Nobody.">
      ${shown.map(row => html`<${Client} key=${row.id} row=${row} isSelf=${row.id === self?.props?.id} isOpen=${opened === row.id} toggle=${() => setOpened(opened === row.id ? null : row.id)}/>`)}
    </${Table}>`}
    ${server.databases.map(name => html`<${LiveQueries} key=${name} database=${name}/>`)}`;
}
