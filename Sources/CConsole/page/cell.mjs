// One value: shown, flashing when it changes, and edited in place.

import { html, useEffect, useRef, useState } from '/console/preact-htm.mjs';
import { addressOf } from '/console/address.mjs';
import { editableText, kindOf, parseText, textOf } from '/console/values.mjs';

/** A value as it is read: NULL, the empty text and a text are told apart. */
export function Value({ value }) {
  const kind = kindOf(value);
  if (kind === 'null') return html`<span class="null">NULL</span>`;
  if (value === '') return html`<span class="empty" title="empty text">empty</span>`;
  if (kind === 'reference') return html`<a href=${addressOf(value.rid)}>${value.rid}</a>`;
  return html`<span class=${kind} title=${textOf(value)}>${textOf(value)}</span>`;
}

/**
 * The editor of a value. Enter saves, Escape leaves; NULL has a button and Alt+N.
 *
 * `save` gets the raw value and gives a promise; while it fails the editor stays and says why.
 */
export function Editor({ value, kind, label, save, close }) {
  const [text, setText] = useState(editableText(value));
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const input = useRef(null);
  useEffect(() => {
    input.current.focus();
    input.current.select?.();
  }, []);

  async function store(raw) {
    if (isBusy) return;
    setBusy(true);
    try {
      await save(raw);
      close();
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }
  function done() {
    // Nothing was typed: NULL stays NULL, and an empty text that was typed into it would be one.
    if (text === editableText(value)) return close();
    let raw;
    try { raw = parseText(text, kind); } catch { return setProblem('This is no JSON.'); }
    store(raw);
  }
  function keyDown(event) {
    event.stopPropagation();
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      done();
    } else if (event.altKey && event.key.toLowerCase() === 'n') store(null);
  }
  const shared = { ref: input, class: 'editing', 'aria-label': label, readonly: isBusy, onKeyDown: keyDown };
  const field = kind === 'boolean'
    ? html`<select ...${shared} value=${text} onChange=${event => setText(event.target.value)}>
        ${kindOf(value) === 'null' && html`<option value=""></option>`}
        <option value="true">true</option><option value="false">false</option></select>`
    : kind === 'data'
      ? html`<textarea ...${shared} rows="6" value=${text} onInput=${event => setText(event.target.value)}></textarea>`
      : html`<input ...${shared} value=${text} inputmode=${kind === 'number' ? 'decimal' : 'text'}
          onInput=${event => setText(event.target.value)}/>`;
  return html`<div class="editor" onDblClick=${event => event.stopPropagation()}>
    ${field}
    <span class="editor-actions">
      <button type="button" class="primary" onClick=${done} disabled=${isBusy} title="Save (Enter)">Save</button>
      ${kindOf(value) !== 'null' && html`<button type="button" onClick=${() => store(null)} title="Set NULL (Alt+N)">NULL</button>`}
      ${kindOf(value) === 'null' && kind !== 'boolean' && html`<button type="button" title="Set the empty text" onClick=${() => store('')}>empty</button>`}
      <button type="button" onClick=${() => close()} title="Cancel (Escape)" aria-label="Cancel">✕</button>
    </span>
    ${problem && html`<div class="problem" role="alert">${problem}</div>`}
  </div>`;
}
