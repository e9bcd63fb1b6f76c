// The page: where the address leads, what there is to see, and whether it is live.

import { html, render, useEffect, useRef, useState } from '/console/preact-htm.mjs';
import { addressOf, parseAddress } from '/console/address.mjs';
import { client, useConnected, useRedraw, useResource } from '/console/live.mjs';
import { CollectionScreen, RowScreen } from '/console/explorer.mjs';
import { GenericScreen } from '/console/generic.mjs';
import { WireScreen } from '/console/wire.mjs';
import { BusScreen } from '/console/bus.mjs';
import { ConnectionsScreen } from '/console/connections.mjs';
import { SQLScreen } from '/console/sql.mjs';
import { ChaosScreen } from '/console/chaos.mjs';
import { session } from '/console/session.mjs';
import { bytes, uptime } from '/console/format.mjs';

/** The screens in their order: the first part of the address, the name, and what shows it. The Explorer has all other addresses. */
const SCREENS = [
  ['', 'Explorer', null], ['$wire', 'Live wire', WireScreen], ['$bus', 'Bus', BusScreen],
  ['$connections', 'Connections', ConnectionsScreen], ['$sql', 'SQL', SQLScreen], ['$chaos', 'Chaos', ChaosScreen],
];

function usePlace() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = () => setHash(location.hash);
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return parseAddress(hash);
}

/** Changes the query of a screen's address; a value that is empty is left out. */
function goTo(place, changes) {
  const query = new URLSearchParams(place.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  history.replaceState(null, '', `#/${place.parts.map(encodeURIComponent).join('/').replaceAll('%24', '$')}${text ? `?${text}` : ''}`);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** One database with its tables and views, as its live model names them. */
function DatabaseLinks({ name, place, isFirst }) {
  const { resource, error } = useResource(name);
  const tables = resource?.props ? Object.entries(resource.props).filter(([, reference]) => reference?.rid) : [];
  useEffect(() => {
    const isMeant = place.parts.length ? place.name === name : isFirst;
    if (isMeant && tables.length) location.replace(addressOf(tables[0][1].rid));
  }, [tables.length, place.name]);
  return html`<section>
    <h2>${name}</h2>
    ${error && html`<p class="problem" role="alert">${error.message}</p>`}
    <ul>${tables.map(([table, reference]) => {
      const isHere = place.name === reference.rid;
      return html`<li key=${reference.rid}><a href=${addressOf(reference.rid)} class=${place.name.startsWith(`${reference.rid}.`) ? 'within' : ''}
        aria-current=${isHere ? 'page' : null}>${table}</a></li>`;
    })}</ul>
  </section>`;
}

/** Where any resource is opened by its id. */
function OpenResource() {
  const open = event => {
    event.preventDefault();
    const text = event.target.elements.rid.value.trim();
    const [name, query] = text.split(/\?(.*)/s);
    if (name) location.hash = addressOf(name) + (query ? `?${query}` : '');
  };
  return html`<form class="open-resource" onSubmit=${open}><input name="rid" aria-label="Open a resource by its id" placeholder="resource id…" size="12"/></form>`;
}

function Explorer({ place, server }) {
  const [database, table] = place.parts;
  if (!server.databases.includes(database) || table?.startsWith('$')) {
    return place.parts.length ? html`<${GenericScreen} key=${place.name + place.text} place=${place} server=${server}/>` : null;
  }
  const count = place.parts.length;
  if (count < 2) return null;
  // A resource name has a database, a table, a row, and what refers to that row.
  return count % 2 === 0
    ? html`<${CollectionScreen} key=${place.name} place=${place} server=${server}/>`
    : html`<${RowScreen} key=${place.name} place=${place} server=${server}/>`;
}

/** The screen an address belongs to. */
const screenOf = place => SCREENS.find(([part]) => part && part === place.parts[0]) ?? SCREENS[0];

function Screens({ place }) {
  const current = screenOf(place);
  const list = useRef(null);
  // On a narrow screen the list scrolls: where one is must be seen.
  useEffect(() => { list.current.querySelector('[aria-current]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' }); }, [current]);
  useEffect(() => {
    const keyDown = event => {
      const index = Number(event.key) - 1;
      if (!event.altKey || event.ctrlKey || event.metaKey || !SCREENS[index]) return;
      event.preventDefault();
      location.hash = `#/${SCREENS[index][0]}`;
    };
    addEventListener('keydown', keyDown);
    return () => removeEventListener('keydown', keyDown);
  }, []);
  return html`<nav class="screens" aria-label="Screens" ref=${list}>${SCREENS.map((screen, index) => html`<a key=${screen[0]} href=${`#/${screen[0]}`}
    aria-current=${screen === current ? 'page' : null} title=${`Alt+${index + 1}`}>${screen[1]}</a>`)}</nav>`;
}

/** What must not be overlooked on any screen: that something goes wrong on purpose, and that a session is recorded or played. */
function Warnings({ overview }) {
  const redraw = useRedraw();
  useEffect(() => session.follow(redraw), []);
  const rules = overview?.chaos ?? [];
  return html`${rules.length > 0 && html`<a class="warning" href="#/$chaos" title=${rules.join('\n')}>chaos: ${rules[0]}${rules.length > 1 ? ` and ${rules.length - 1} more` : ''}</a>`}
    ${session.isRecording && html`<a class="warning" href="#/$chaos">recording</a>`}
    ${session.isPlaying && html`<a class="warning" href="#/$chaos">replaying</a>`}`;
}

function Facts({ overview }) {
  if (!overview) return null;
  return html`<dl class="overview" aria-label="The server">
    <div><dt>WebSockets</dt><dd>${overview.webSockets}</dd></div><div><dt>NATS</dt><dd>${overview.natsClients ?? '–'}</dd></div>
    <div><dt>CPU</dt><dd>${Math.round(overview.cpu)}%</dd></div><div><dt>memory</dt><dd>${bytes(overview.memory)}</dd></div>
    <div><dt>up</dt><dd>${uptime(overview.uptime)}</dd></div></dl>`;
}

function App({ server }) {
  const place = usePlace();
  const isConnected = useConnected();
  const { resource } = useResource('$sys');
  const overview = resource?.props;
  const [part, name, Screen] = screenOf(place);
  useEffect(() => { document.title = `${part ? name : place.name || 'Explorer'} · resdev`; }, [place.name]);
  useEffect(() => { document.getElementById('app').classList.toggle('whole', Boolean(part)); }, [part]);
  return html`<header class="bar">
      <a class="brand" href="#/"><img src="/console/icon.svg" alt="" width="22" height="22"/>resdev <small>${server.version}</small></a>
      <${Screens} place=${place}/>
      <${Warnings} overview=${overview}/>
      <${Facts} overview=${overview}/>
      <span class=${`status ${isConnected ? 'live' : 'lost'}`} role="status">${isConnected ? 'live' : 'connecting…'}</span>
    </header>
    ${!part && html`<nav class="tables" aria-label="Tables">
      ${server.databases.map((known, index) => html`<${DatabaseLinks} key=${known} name=${known} place=${place} isFirst=${index === 0}/>`)}
      <${OpenResource}/>
    </nav>`}
    <main id="main">${Screen ? html`<${Screen} key=${part} place=${place} server=${server} overview=${overview} go=${changes => goTo(place, changes)}/>`
      : html`<${Explorer} place=${place} server=${server}/>`}</main>`;
}

const server = await (await fetch('/console/server.json')).json();
client.connect().catch(() => {});
render(html`<${App} server=${server}/>`, document.getElementById('app'));
