// SQL and schema: statements that a person writes, what the database is made of, and its copies.

import { html, useEffect, useRef, useState } from '/console/preact-htm.mjs';
import { count, csvOf, download, duration } from '/console/format.mjs';
import { useResource } from '/console/live.mjs';
import { ActionButton, Heading, Problem, Table, callSystem, useStored } from '/console/parts.mjs';
import { MakeLive, Transfer } from '/console/transfer.mjs';
import { SchemaDiagram } from '/console/schema.mjs';

const HISTORY = 30;

function SQLValue({ value }) {
  if (value === null) return html`<span class="null">NULL</span>`;
  if (value === '') return html`<span class="empty" title="empty text">empty</span>`;
  if (typeof value === 'object') return html`<span class="blob">blob, ${value.blob} bytes</span>`;
  return html`<span class=${`value ${typeof value}`} title=${String(value)}>${String(value)}</span>`;
}

/** The result of one statement. */
export function Result({ result }) {
  const csv = () => download('result.csv', csvOf(result.columns, result.rows), 'text/csv');
  const facts = [result.columns.length > 0 && `${count(result.rows.length)} row${result.rows.length === 1 ? '' : 's'}${result.isCut ? ', more are not shown' : ''}`,
    result.changes !== undefined && `${count(result.changes)} changed`, duration(result.microseconds)].filter(Boolean);
  return html`<section class="result" aria-label="Result">
    <p class="dim"><code>${result.sql.length > 140 ? `${result.sql.slice(0, 140)}…` : result.sql}</code> ${facts.join(', ')}
      ${result.columns.length > 0 && html` <button type="button" class="copy" onClick=${csv}>CSV</button>`}</p>
    ${result.columns.length > 0 && html`<div class="grid" role="region" aria-label="Rows" tabindex="0"><table>
      <thead><tr>${result.columns.map((name, index) => html`<th key=${index} scope="col" class="plain">${name}</th>`)}</tr></thead>
      <tbody>${result.rows.map((row, index) => html`<tr key=${index}>${row.map((value, place) => html`<td key=${place}
        class=${typeof value === 'number' ? 'number' : 'text'}><${SQLValue} value=${value}/></td>`)}</tr>`)}</tbody>
    </table></div>`}
    ${result.plan && html`<${Plan} plan=${result.plan}/>`}
  </section>`;
}

function Plan({ plan }) {
  return html`<pre class="plan" aria-label="Query plan">${plan.map(line => '  '.repeat(line.depth) + line.detail).join('\n') || 'no plan: it reads no table'}</pre>`;
}

function Editor({ rid, isReadOnly, database, schemaChanged }) {
  const [sql, setSQL] = useStored(`sql.${database}`, 'SELECT name, type FROM sqlite_schema ORDER BY type, name;');
  const [history, setHistory] = useStored(`sql.history.${database}`, []);
  const [mayWrite, setMayWrite] = useState(false);
  const [outcome, setOutcome] = useState(null);
  const [isMaking, setMaking] = useState(false);
  const area = useRef(null);
  const run = async method => {
    const { selectionStart, selectionEnd } = area.current;
    // What is selected is run alone, as in every SQL tool.
    const text = selectionEnd > selectionStart ? sql.slice(selectionStart, selectionEnd) : sql;
    setHistory([text, ...history.filter(old => old !== text)].slice(0, HISTORY));
    setOutcome({ isBusy: true });
    try {
      const { results } = await callSystem(rid, method, { sql: text, write: mayWrite, plan: false });
      setOutcome({ results });
      if (mayWrite && method === 'run') schemaChanged();
    } catch (error) { setOutcome({ error }); }
  };
  const keyDown = event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run(event.shiftKey ? 'explain' : 'run');
    }
  };
  return html`<section class="panel" aria-label="SQL">
    <textarea ref=${area} class="sql" rows="6" spellcheck="false" aria-label="SQL statements" value=${sql} onInput=${event => setSQL(event.target.value)} onKeyDown=${keyDown}></textarea>
    <div class="row-fields">
      <button type="button" class="primary" onClick=${() => run('run')} title="Run (Ctrl+Enter)" disabled=${outcome?.isBusy}>Run</button>
      <button type="button" onClick=${() => run('explain')} title="Explain (Ctrl+Shift+Enter)">Explain</button>
      <button type="button" onClick=${() => setMaking(true)}>Make this a live resource…</button>
      <label class=${`check ${mayWrite ? 'warn' : ''}`}><input type="checkbox" checked=${mayWrite} disabled=${isReadOnly} onChange=${event => setMayWrite(event.target.checked)}/>
        ${isReadOnly ? 'the database is read-only' : mayWrite ? 'statements may write' : 'allow writing'}</label>
      ${history.length > 0 && html`<select aria-label="History" value="" onChange=${event => event.target.value && setSQL(event.target.value)}>
        <option value="">History…</option>${history.map(text => html`<option key=${text} value=${text}>${text.slice(0, 80)}</option>`)}</select>`}
    </div>
    <div role="status" class="results">
      ${outcome?.isBusy && html`<p class="dim">Running…</p>`}
      ${outcome?.error && html`<p class="problem" role="alert">${outcome.error.message}</p>`}
      ${outcome?.results?.map((result, index) => (result.columns ? html`<${Result} key=${index} result=${result}/>`
        : html`<section key=${index} class="result"><p class="dim"><code>${result.sql}</code></p><${Plan} plan=${result.plan ?? []}/></section>`))}
    </div>
    ${isMaking && html`<${MakeLive} rid=${rid} database=${database} sql=${sql} close=${() => setMaking(false)} done=${schemaChanged}/>`}
  </section>`;
}

/** Copies of the database, and what has changed since the start. */
function Copies({ rid, model }) {
  const [name, setName] = useState('');
  const { snapshots, changes, canReset } = model.props;
  const tables = Object.entries(changes);
  return html`<div class="columns">
    <section class="panel" aria-label="Changes since the start"><h2>Changes since the start</h2>
      <${Table} label="Changes" empty="Nothing has changed." columns=${[['table'], ['created', 'number'], ['changed', 'number'], ['deleted', 'number']]}>
        ${tables.map(([table, counts]) => html`<tr key=${table}><td>${table}</td><td class="number">${count(counts.created)}</td>
          <td class="number">${count(counts.changed)}</td><td class="number">${count(counts.deleted)}</td></tr>`)}
      </${Table}></section>
    <section class="panel" aria-label="Snapshots"><h2>Snapshots</h2>
      <form class="row-fields" onSubmit=${event => event.preventDefault()}>
        <label>Name <input name="snapshot" value=${name} size="14" onInput=${event => setName(event.target.value)} placeholder="before"/></label>
        <${ActionButton} disabled=${!name.trim()} action=${async () => { await callSystem(rid, 'snapshot', { name: name.trim() }); setName(''); }}>Take</${ActionButton}>
        ${canReset && html`<${ActionButton} kind="danger" label="Reset to what the script says" action=${() => callSystem(rid, 'reset')}>Reset</${ActionButton}>`}
      </form>
      <ul class="copies">${snapshots.map(copy => html`<li key=${copy.name} data-snapshot=${copy.name}><b>${copy.name}</b> <span class="dim">${count(Math.round(copy.bytes / 1024))} KiB</span>
        <${ActionButton} label=${`Restore ${copy.name}`} action=${() => callSystem(rid, 'restore', { name: copy.name })}>Restore</${ActionButton}>
        <${ActionButton} kind="quiet" label=${`Forget ${copy.name}`} action=${() => callSystem(rid, 'forget', { name: copy.name })}>✕</${ActionButton}></li>`)}</ul>
      ${!snapshots.length && html`<p class="dim">None. A snapshot is kept in memory until the server stops; whoever follows the data sees it restored.</p>`}
    </section>
  </div>`;
}

function Database({ database }) {
  const rid = `$sys.database.${database}`;
  const { resource, error } = useResource(rid);
  const [version, setVersion] = useState(0);
  const [, redraw] = useState(0);
  useEffect(() => { if (resource) redraw(value => value + 1); }, [resource]);
  if (error) return html`<${Problem} error=${error}/>`;
  if (!resource?.props) return html`<p class="notice">Loading…</p>`;
  const changed = () => setVersion(value => value + 1);
  return html`<${Editor} rid=${rid} database=${database} isReadOnly=${resource.props.readOnly} schemaChanged=${changed}/>
    <${Copies} rid=${rid} model=${resource}/>
    <${SchemaDiagram} key=${version} rid=${rid} database=${database}/>
    <${Transfer} rid=${rid} database=${database}/>`;
}

export function SQLScreen({ place, server, go }) {
  const database = place.parts[1] ?? server.databases[0];
  return html`<${Heading} title="SQL and schema" hint="Statements run on the served database itself, in one transaction; what they change reaches everyone who follows it.">
      ${server.databases.length > 1 && html`<select aria-label="Database" value=${database} onChange=${event => { location.hash = `#/$sql/${encodeURIComponent(event.target.value)}`; }}>
        ${server.databases.map(name => html`<option key=${name} value=${name}>${name}</option>`)}</select>`}
    </${Heading}>
    <${Database} key=${database} database=${database}/>`;
}
