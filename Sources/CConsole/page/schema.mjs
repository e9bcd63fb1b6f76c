// The tables of a database and how they refer to each other, as a drawing that leads to them.

import { html, useEffect, useState } from '/console/preact-htm.mjs';
import { addressOf } from '/console/address.mjs';
import { callSystem } from '/console/parts.mjs';

const COLUMNS = `SELECT m.name, m.type, p.name, p.type, p."notnull", p.pk FROM sqlite_schema m, pragma_table_xinfo(m.name) p
  WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND p.hidden <> 1 ORDER BY m.type, m.rowid, p.cid`;
const KEYS = `SELECT m.name, f."from", f."table", f."to" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`;

const WIDTH = 190;
const LINE = 17;
const GAP = 56;

/** The tables with their columns, and the references between them. */
export async function readSchema(rid) {
  const { results: [columns] } = await callSystem(rid, 'run', { sql: COLUMNS });
  const { results: [keys] } = await callSystem(rid, 'run', { sql: KEYS });
  const tables = new Map();
  for (const [table, kind, name, type, isRequired, key] of columns.rows) {
    if (!tables.has(table)) tables.set(table, { name: table, kind, columns: [] });
    tables.get(table).columns.push({ name, type, isRequired: Boolean(isRequired), isKey: key > 0, target: null });
  }
  for (const [table, from, target] of keys.rows) {
    const column = tables.get(table)?.columns.find(known => known.name === from);
    if (column && tables.has(target)) column.target = target;
  }
  return [...tables.values()];
}

/** Places tables in columns, each one right of those that it refers to. */
export function layOut(tables) {
  const byName = new Map(tables.map(table => [table.name, table]));
  const depths = new Map();
  const depthOf = (table, above) => {
    if (depths.has(table.name)) return depths.get(table.name);
    if (above.has(table.name)) return 0;
    const targets = table.columns.map(column => byName.get(column.target)).filter(target => target && target !== table);
    const depth = targets.length ? 1 + Math.max(...targets.map(target => depthOf(target, new Set([...above, table.name])))) : 0;
    depths.set(table.name, depth);
    return depth;
  };
  const heights = [];
  const boxes = new Map();
  for (const table of tables) {
    const column = table.kind === 'view' ? Math.max(0, ...depths.values()) + (heights.length > 4 ? 0 : 1) : depthOf(table, new Set());
    const height = 26 + table.columns.length * LINE + 6;
    boxes.set(table.name, { table, x: column * (WIDTH + GAP), y: heights[column] ?? 0, height });
    heights[column] = (heights[column] ?? 0) + height + 22;
  }
  return { boxes, width: Math.max(1, heights.length) * (WIDTH + GAP) - GAP + 24, height: Math.max(60, ...heights.filter(Boolean)) };
}

function Link({ boxes, from, index, target }) {
  const y1 = from.y + 26 + index * LINE + LINE / 2;
  const to = boxes.get(target);
  const y2 = to.y + 13;
  const isSame = to === from;
  const isLeft = to.x < from.x;
  const x1 = isSame || !isLeft ? from.x + WIDTH : from.x;
  const x2 = isSame || !isLeft && to.x === from.x ? to.x + WIDTH : isLeft ? to.x + WIDTH : to.x;
  const bend = Math.max(24, Math.abs(x2 - x1) / 2);
  const c1 = x1 === from.x ? x1 - bend : x1 + bend;
  const c2 = x2 === to.x ? x2 - bend : x2 + bend;
  return html`<path class="link" d=${`M${x1},${y1} C${c1},${y1} ${c2},${y2} ${x2},${y2}`}/><circle class="end" cx=${x2} cy=${y2} r="3"/>`;
}

function Box({ box, database }) {
  const { table } = box;
  return html`<a href=${addressOf(`${database}.${table.name}`)}><g transform=${`translate(${box.x},${box.y})`} class=${table.kind}>
    <rect width=${WIDTH} height=${box.height} rx="7"/>
    <text x="10" y="18" class="name">${table.name}${table.kind === 'view' ? ' (view)' : ''}</text>
    ${table.columns.map((column, index) => html`<text key=${column.name} x="10" y=${26 + index * LINE + 12} class=${column.isKey ? 'key' : column.target ? 'reference' : ''}>
      ${column.name.length > 17 ? `${column.name.slice(0, 16)}…` : column.name}<tspan x=${WIDTH - 10} text-anchor="end" class="type">${(column.type || '').toLowerCase().slice(0, 10)}</tspan></text>`)}
  </g></a>`;
}

export function SchemaDiagram({ rid, database }) {
  const [tables, setTables] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    let isOver = false;
    readSchema(rid).then(found => { if (!isOver) setTables(found); }, error => { if (!isOver) setProblem(error); });
    return () => { isOver = true; };
  }, [rid]);
  const { boxes, width, height } = layOut(tables ?? []);
  return html`<section class="panel" aria-label="Schema"><h2>Schema</h2>
    ${problem && html`<p class="problem" role="alert">${problem.message}</p>`}
    ${tables && html`<div class="diagram" tabindex="0" role="region" aria-label="Schema diagram"><svg width=${width} height=${height} viewBox=${`-12 0 ${width} ${height}`} role="group" aria-label="Tables and their references">
      ${[...boxes.values()].flatMap(box => box.table.columns.map((column, index) => column.target
        && html`<${Link} key=${`${box.table.name}.${column.name}`} boxes=${boxes} from=${box} index=${index} target=${column.target}/>`))}
      ${[...boxes.values()].map(box => html`<${Box} key=${box.table.name} box=${box} database=${database}/>`)}
    </svg></div>`}
  </section>`;
}
