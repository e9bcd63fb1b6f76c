// A session that the server records, and that is played again against the server as it is now. The lines are those of
// `resdev record`; here what clients asked for is played, and by `resdev replay` what services answered.

import { pathOf } from '/console/address.mjs';
import { client } from '/console/live.mjs';
import { download } from '/console/format.mjs';

const RESOURCE = '$sys.recording';
const VERSION = 1;
const MAXIMUM = 10000;

class Session {
  lines = [];
  requests = [];
  played = [];
  isRecording = false;
  isPlaying = false;
  /** What is to be known of the last recording beside its requests. */
  note = '';
  #resource = null;
  #followers = new Set();
  #changed = () => {
    if (this.#resource.props.active) this.#tell();
    else this.stop();
  };
  #lost = () => { this.#finish([], 'The server was restarted: what was recorded is lost.'); };

  /** Calls back whenever something is different; gives the function that ends that. */
  follow(changed) {
    this.#followers.add(changed);
    return () => { this.#followers.delete(changed); };
  }

  #tell() { for (const changed of this.#followers) changed(); }

  /** How long it took, in milliseconds. */
  get length() { return this.requests.length ? this.requests.at(-1).asked - this.requests[0].asked : 0; }

  /** Requests that were recorded so far. */
  get count() { return this.isRecording ? this.#resource.props.requests : this.requests.length; }

  async record() {
    const resource = await client.subscribe(RESOURCE);
    try {
      await client.call(RESOURCE, 'start');
    } catch (error) {
      resource.release();
      throw error;
    }
    this.#take([]);
    this.note = '';
    this.#resource = resource;
    this.isRecording = true;
    resource.on('change', this.#changed).on('unsubscribe', this.#lost);
    this.#tell();
  }

  async stop() {
    if (!this.isRecording) return;
    await client.call(RESOURCE, 'stop');
    const { full, lost, requests } = this.#resource.props;
    const lines = await client.call(RESOURCE, 'lines');
    // A server that was started anew knows nothing of it.
    if (!lines.length) return this.#lost();
    const notes = [full && 'It is as large as a recording can be, and ends before the session does.', lost && `${lost} answers are missing.`,
      requests > MAXIMUM && `Only the first ${MAXIMUM} requests are played.`];
    this.#finish(lines, notes.filter(Boolean).join(' '));
  }

  #finish(lines, note) {
    this.#resource?.off('change', this.#changed).off('unsubscribe', this.#lost).release();
    this.#resource = null;
    this.isRecording = false;
    this.#take(lines);
    this.note = note;
    this.#tell();
  }

  #take(lines) {
    this.lines = lines;
    this.played = [];
    this.requests = lines.filter(line => line.client).sort((a, b) => a.asked - b.asked).slice(0, MAXIMUM);
  }

  save() { download('session.jsonl', this.lines.map(line => `${JSON.stringify(line)}\n`).join(''), 'application/jsonl'); }

  load(text) {
    const lines = text.split('\n').map((line, index) => {
      try { return line.trim() ? JSON.parse(line) : null; } catch { throw new Error(`Line ${index + 1} is no JSON: this is no recording`); }
    }).filter(Boolean);
    const version = lines[0]?.recording === 'resdev' ? lines[0].version : VERSION;
    if (version > VERSION) throw new Error(`The recording is of version ${version}, which is later than this page`);
    if (!lines.some(line => line.client)) throw new Error('There is no request of a client in this file');
    this.#take(lines);
    this.note = '';
    this.#tell();
  }

  halt() { this.isPlaying = false; }

  /** Asks for all again, each at its time; `speed` divides the times. */
  async play(speed) {
    this.isPlaying = true;
    this.played = [];
    this.#tell();
    const start = performance.now();
    const first = this.requests[0]?.asked ?? 0;
    const running = [];
    for (const request of this.requests) {
      // Passwords are not recorded.
      if (request.action === 'auth') continue;
      const wait = (request.asked - first) / speed - (performance.now() - start);
      if (wait > 0) await new Promise(resolve => { setTimeout(resolve, wait); });
      if (!this.isPlaying) break;
      running.push(this.#ask(request));
      if (speed === Infinity && running.length % 50 === 0) await Promise.all(running);
    }
    await Promise.all(running);
    this.isPlaying = false;
    this.#tell();
  }

  async #ask(request) {
    const start = performance.now();
    let result;
    try { result = await (request.client === 'http' ? askHTTP(request) : askSocket(request)); } catch (error) { result = error.code ?? error.message; }
    this.played.push({ request, result, isSame: String(result) === String(request.result), us: (performance.now() - start) * 1000 });
    this.#tell();
  }
}

async function askHTTP({ action, resource, params }) {
  const hasBody = params !== undefined && action !== 'GET' && action !== 'HEAD';
  const response = await fetch(pathOf(resource), { method: action, body: hasBody ? JSON.stringify(params) : undefined });
  await response.arrayBuffer();
  return response.status;
}

async function askSocket({ action, method, resource, params }) {
  if (action === 'call' || action === 'new') await client.call(resource, method ?? 'new', params);
  else (await client.subscribe(resource)).release();
  return 'ok';
}

/** The one session of this page; it goes on while other screens are shown. */
export const session = new Session();
