// The page: where the address leads, what there is to see, and whether it is live.

import { html, render, useEffect, useState } from '/console/preact-htm.mjs';
import { addressOf, parseAddress } from '/console/address.mjs';
import { client, useConnected, useResource } from '/console/live.mjs';
import { CollectionScreen, RowScreen } from '/console/explorer.mjs';

function usePlace() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = () => setHash(location.hash);
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return parseAddress(hash);
}

/** One database with its tables and views, as its live model names them. */
function DatabaseLinks({ name, place, isFirst }) {
  const { resource, error } = useResource(name);
  const tables = resource ? Object.entries(resource.props).filter(([, reference]) => reference?.rid) : [];
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

function Screen({ place, server }) {
  const count = place.parts.length;
  if (count < 2) return null;
  // A resource name has a database, a table, a row, and what refers to that row.
  return count % 2 === 0
    ? html`<${CollectionScreen} key=${place.name} place=${place} server=${server}/>`
    : html`<${RowScreen} key=${place.name} place=${place} server=${server}/>`;
}

function App({ server }) {
  const place = usePlace();
  const isConnected = useConnected();
  useEffect(() => { document.title = place.name ? `${place.name} · resdev` : 'resdev'; }, [place.name]);
  return html`<header class="bar">
      <a class="brand" href="#/"><img src="/console/icon.svg" alt="" width="22" height="22"/>resdev <small>${server.version}</small></a>
      <span class=${`status ${isConnected ? 'live' : 'lost'}`} role="status">${isConnected ? 'live' : 'connecting…'}</span>
    </header>
    <nav class="tables" aria-label="Tables">
      ${server.databases.map((name, index) => html`<${DatabaseLinks} key=${name} name=${name} place=${place} isFirst=${index === 0}/>`)}
    </nav>
    <main id="main"><${Screen} place=${place} server=${server}/></main>`;
}

const server = await (await fetch('/console/server.json')).json();
client.connect().catch(() => {});
render(html`<${App} server=${server}/>`, document.getElementById('app'));
