// What is asked or shown above the page: a new row, a deletion, code to copy.

import { html, useEffect, useRef, useState } from '/console/preact-htm.mjs';
import { parseText } from '/console/values.mjs';

/** A modal dialog; the Escape key and `close` end it. */
export function Dialog({ title, close, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    if (!dialog.current.open) dialog.current.showModal();
  }, []);
  return html`<dialog ref=${dialog} onClose=${close} aria-label=${title}
      onClick=${event => event.target === dialog.current && dialog.current.close()}>
    <header><h2>${title}</h2>
      <button type="button" class="quiet" onClick=${() => dialog.current.close()} aria-label="Close">✕</button></header>
    ${children}
  </dialog>`;
}

/** Copies a text, also where pages may not use the clipboard because they came over plain HTTP. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** A button that copies a text and says so. */
export function CopyButton({ text, label }) {
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return undefined;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [isDone]);
  return html`<button type="button" class="copy" onClick=${() => copyText(text).then(() => setDone(true))}
    aria-live="polite">${isDone ? 'Copied' : label}</button>`;
}

/** Code in several tools, one at a time. */
export function Snippets({ snippets, close }) {
  const [chosen, setChosen] = useState(0);
  const [, code] = snippets[chosen];
  return html`<${Dialog} title="Copy as" close=${close}>
    <div class="tabs" role="tablist">${snippets.map(([name], index) => html`<button key=${name} type="button" role="tab"
      aria-selected=${index === chosen} onClick=${() => setChosen(index)}>${name}</button>`)}</div>
    <pre tabindex="0" role="tabpanel">${code}</pre>
    <footer><${CopyButton} text=${code} label="Copy"/></footer>
  </${Dialog}>`;
}

/** Asks before a row is deleted; says why when it could not be. */
export function DeleteRow({ row, close }) {
  const [problem, setProblem] = useState(null);
  const remove = () => row.call('delete').then(close, error => setProblem(error.message));
  return html`<${Dialog} title="Delete this row?" close=${close}>
    <p><code>${row.rid}</code> is deleted from the database, for everyone.</p>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <footer><button type="button" onClick=${close}>Keep it</button>
      <button type="button" class="danger" onClick=${remove}>Delete</button></footer>
  </${Dialog}>`;
}

function Field({ name, kind, field, onChange }) {
  return html`<label><span>${name}</span>
    <select aria-label=${`${name}: what is stored`} value=${field.mode} onChange=${event => onChange({ ...field, mode: event.target.value })}>
      <option value="default">default</option><option value="value">value</option><option value="null">NULL</option></select>
    <input aria-label=${name} value=${field.text} placeholder=${field.mode === 'value' ? 'empty text' : field.mode === 'null' ? 'NULL' : 'default'}
      inputmode=${kind === 'number' ? 'decimal' : 'text'} onInput=${event => onChange({ mode: 'value', text: event.target.value })}/>
  </label>`;
}

/**
 * The form for a new row: a field a column, or one of JSON while nobody knows the columns, since there is no row yet.
 */
export function NewRow({ collection, shape, close }) {
  const [fields, setFields] = useState({});
  const [json, setJSON] = useState('{\n  \n}');
  const [problem, setProblem] = useState(null);
  const field = name => fields[name] ?? { mode: 'default', text: '' };

  function values() {
    if (!shape.columns.length) return JSON.parse(json);
    const given = {};
    for (const name of shape.columns) {
      const { mode, text } = field(name);
      if (mode === 'null') given[name] = null;
      else if (mode === 'value') given[name] = parseText(text, shape.kinds.get(name));
    }
    return given;
  }
  async function submit(event) {
    event.preventDefault();
    try {
      await collection.call('new', values());
      close();
    } catch (error) {
      setProblem(error instanceof SyntaxError ? 'This is no JSON.' : error.message);
    }
  }
  return html`<${Dialog} title="New row" close=${close}>
    <form onSubmit=${submit}>
      <div class="fields">${shape.columns.length
        ? shape.columns.map(name => html`<${Field} key=${name} name=${name} kind=${shape.kinds.get(name)} field=${field(name)}
            onChange=${changed => setFields({ ...fields, [name]: changed })}/>`)
        : html`<textarea aria-label="The row as JSON" rows="8" value=${json} onInput=${event => setJSON(event.target.value)}></textarea>`}</div>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      <footer><button type="button" onClick=${close}>Cancel</button><button class="primary">Add</button></footer>
    </form>
  </${Dialog}>`;
}
