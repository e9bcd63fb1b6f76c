// Data in and out of a database, and views made of statements.

import { html, useState } from '/console/preact-htm.mjs';
import { addressOf } from '/console/address.mjs';
import { client } from '/console/live.mjs';
import { count, csvOf, download } from '/console/format.mjs';
import { callSystem } from '/console/parts.mjs';
import { Dialog } from '/console/dialogs.mjs';

/** Rows that go to the server at once, in one transaction. */
const CHUNK = 250;

const quoted = name => `"${name.replaceAll('"', '""')}"`;

/** The part of a resource id that stands for a table's name. */
export function partOf(name) {
  return [...new TextEncoder().encode(name)].map(byte => (/[A-Za-z0-9_-]/.test(String.fromCharCode(byte))
    ? String.fromCharCode(byte) : `~${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');
}

/** Makes a view of a statement: its rows are a live resource like any other view's. */
export function MakeLive({ rid, database, sql, close, done }) {
  const [name, setName] = useState('');
  const [problem, setProblem] = useState(null);
  const statement = sql.trim().replace(/;\s*$/, '');
  const make = async event => {
    event.preventDefault();
    try {
      await callSystem(rid, 'run', { sql: `CREATE VIEW ${quoted(name)} AS\n${statement}`, write: true });
      done();
      close();
      location.hash = addressOf(`${database}.${partOf(name)}`);
    } catch (error) { setProblem(error.message); }
  };
  return html`<${Dialog} title="Make this a live resource" close=${close}>
    <form onSubmit=${make}>
      <p>The statement becomes a view of the database, which is served as <code>${database}.${name ? partOf(name) : '…'}</code> and changes as the tables it reads do.</p>
      <pre>${statement}</pre>
      <div class="fields"><label><span>Name</span><input name="view" required value=${name} onInput=${event => setName(event.target.value)} placeholder="top_sellers"/></label></div>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      <footer><button type="button" onClick=${close}>Cancel</button><button class="primary">Create the view</button></footer>
    </form>
  </${Dialog}>`;
}

/** Rows of CSV text, as objects by the first line's names. A field without quotes that is empty is NULL. */
export function parseCSV(text) {
  const rows = [[]];
  let position = 0;
  while (position < text.length) {
    const row = rows.at(-1);
    if (text[position] === '"') {
      let value = '';
      position += 1;
      for (;;) {
        const end = text.indexOf('"', position);
        if (end < 0) throw new Error(`Line ${rows.length}: a quote is not closed`);
        value += text.slice(position, end);
        position = end + 1;
        if (text[position] !== '"') break;
        value += '"';
        position += 1;
      }
      row.push(value);
    } else {
      const end = text.slice(position).search(/[,\r\n]/);
      const value = end < 0 ? text.slice(position) : text.slice(position, position + end);
      row.push(value === '' ? null : value);
      position += value.length;
    }
    if (text[position] === ',') {
      position += 1;
      if (position === text.length) row.push(null);
    } else if (position < text.length) {
      if (text[position] === '\r') position += 1;
      if (text[position] === '\n') position += 1;
      if (position < text.length) rows.push([]);
    }
  }
  const [names, ...values] = rows;
  return values.map((row, index) => {
    if (row.length !== names.length) throw new Error(`Line ${index + 2} has ${row.length} fields, and the first line ${names.length}`);
    return Object.fromEntries(names.map((name, place) => [name, typed(row[place])]));
  });
}

function typed(value) {
  if (value === null || !/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(value)) return value;
  const number = Number(value);
  return String(number) === value ? number : value;
}

/** The rows in a file's text. */
function rowsOf(name, text) {
  if (!/\.json$/i.test(name)) return parseCSV(text);
  const value = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error('The JSON is no array of objects');
  return value.map(row => Object.fromEntries(Object.entries(row).map(([key, item]) => [key, item !== null && typeof item === 'object' ? { data: item } : item])));
}

async function importFile(file, database, table, tell) {
  const text = await file.text();
  if (/\.sql$/i.test(file.name)) {
    await callSystem(`$sys.database.${database}`, 'run', { sql: text, write: true });
    return `${file.name} was run.`;
  }
  const rows = rowsOf(file.name, text);
  for (let start = 0; start < rows.length; start += CHUNK) {
    const calls = rows.slice(start, start + CHUNK).map(params => ({ rid: `${database}.${partOf(table)}`, method: 'new', params }));
    try {
      await client.call(database, 'batch', calls);
    } catch (error) { throw new Error(`${error.message} (rows from ${start + 1} on were not imported)`); }
    tell(`${count(Math.min(rows.length, start + CHUNK))} of ${count(rows.length)} rows…`);
  }
  return `${count(rows.length)} rows were imported into ${table}.`;
}

async function exportTable(rid, table, format) {
  const { results: [result] } = await callSystem(rid, 'run', { sql: `SELECT * FROM ${quoted(table)}` });
  if (result.isCut) {
    const rows = [...result.rows];
    for (;;) {
      const { results: [next] } = await callSystem(rid, 'run', { sql: `SELECT * FROM ${quoted(table)} LIMIT 1000 OFFSET ${rows.length}` });
      rows.push(...next.rows);
      if (next.rows.length < 1000) break;
    }
    result.rows = rows;
  }
  if (format === 'csv') return download(`${table}.csv`, csvOf(result.columns, result.rows), 'text/csv');
  const objects = result.rows.map(row => Object.fromEntries(result.columns.map((name, index) => [name, row[index]])));
  return download(`${table}.json`, JSON.stringify(objects, null, 1));
}

/** Import and export of one table. */
export function Transfer({ rid, database }) {
  const [tables, setTables] = useState(null);
  const [table, setTable] = useState('');
  const [state, setState] = useState('');
  const load = async () => {
    const { results: [result] } = await callSystem(rid, 'run', { sql: "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name" });
    setTables(result.rows.map(([name]) => name));
    if (!table && result.rows.length) setTable(result.rows[0][0]);
  };
  if (!tables) load().catch(error => setState(error.message));
  const take = async event => {
    const [file] = event.target.files;
    event.target.value = '';
    if (!file) return;
    setState('Reading…');
    try { setState(await importFile(file, database, table, setState)); } catch (error) { setState(error.message); }
  };
  const give = format => exportTable(rid, table, format).catch(error => setState(error.message));
  return html`<section class="panel" aria-label="Import and export"><h2>Import and export</h2>
    <div class="row-fields">
      <label>Table <select name="table" value=${table} onChange=${event => setTable(event.target.value)}>${(tables ?? []).map(name => html`<option key=${name} value=${name}>${name}</option>`)}</select></label>
      <label>Import CSV, JSON or SQL <input type="file" accept=".csv,.json,.sql" onChange=${take}/></label>
      <button type="button" onClick=${() => give('csv')} disabled=${!table}>Export CSV</button>
      <button type="button" onClick=${() => give('json')} disabled=${!table}>Export JSON</button>
    </div>
    <p class="dim" role="status">${state}</p>
  </section>`;
}
