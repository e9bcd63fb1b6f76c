/**
 * A client of the RES protocol (1.2.3) for pages and Node: resources that keep themselves up to date.
 *
 *     import { ResClient } from '/resclient.mjs';
 *     const client = new ResClient(`ws://${location.host}/`);
 *     const books = await client.get('library.books?limit=10');
 *     books.on('add', ({ item, idx }) => …);
 *     books.at(0).on('change', (changed, book) => …);
 *
 * A resource stays subscribed while anything listens to it, while it was got less than five seconds ago, or until
 * `release()` where it was got with `subscribe`. After a lost connection everything is subscribed again, and what was
 * missed arrives as ordinary events.
 */

const PROTOCOL = '1.2.3';
const UNSUBSCRIBE_DELAY = 5000;
const FIRST_RETRY_DELAY = 250;
const LAST_RETRY_DELAY = 10000;
/** Cells of the table that compares two collections; beyond, everything between their equal ends is replaced. */
const MAXIMUM_COMPARISON = 1 << 20;

/** An error that a service or the gateway answered with, or `system.connectionError`. */
export class ResError extends Error {
  constructor(error, rid, method) {
    super(error?.message || 'Internal error');
    this.name = 'ResError';
    this.code = error?.code || 'system.internalError';
    this.data = error?.data;
    this.rid = rid;
    this.method = method;
  }
}

/** A soft reference: a resource that is named and not subscribed to. */
export class ResRef {
  constructor(client, rid) {
    this.client = client;
    this.rid = rid;
  }
  get() { return this.client.get(this.rid); }
  equals(other) { return other instanceof ResRef && other.rid === this.rid; }
  toJSON() { return { rid: this.rid, soft: true }; }
}

/** Names the events that are meant: one, several with blanks between, or, without a name, any. */
function eventNames(events) { return events ? events.split(/\s+/).filter(Boolean) : [ANY]; }
const ANY = Symbol('any event');
const NOTHING = () => {};

class Emitter {
  #handlers = new Map();

  /** Without a handler it only counts as listened to. A handler for any event is told the event's name last. */
  on(events, handler = NOTHING) {
    for (const event of eventNames(events)) this.#handlers.set(event, [...this.#handlers.get(event) ?? [], handler]);
    return this;
  }
  off(events, handler) {
    for (const event of eventNames(events)) {
      const known = this.#handlers.get(event) ?? [];
      const place = known.indexOf(handler ?? (events ? undefined : NOTHING));
      const left = handler || !events ? known.filter((_, index) => index !== place) : [];
      if (left.length) this.#handlers.set(event, left);
      else this.#handlers.delete(event);
    }
    return this;
  }
  get listens() { return this.#handlers.size > 0; }

  emit(event, ...values) {
    for (const handler of this.#handlers.get(ANY) ?? []) {
      try { handler(...values, event); } catch (error) { queueMicrotask(() => { throw error; }); }
    }
    for (const handler of this.#handlers.get(event) ?? []) {
      // One listener's mistake must not keep the others, or the copy itself, from what comes next.
      try { handler(...values); } catch (error) { queueMicrotask(() => { throw error; }); }
    }
  }
}

/** What models and collections have in common. */
class Resource extends Emitter {
  #client;
  #entry;

  /** Classes of an app take the client and a resource id, as `registerModelType` hands them on. */
  constructor(client, entry) {
    super();
    this.#client = client;
    this.#entry = typeof entry === 'string' ? client._entryOf(entry) : entry;
  }
  get rid() { return this.#entry.rid; }
  getResourceId() { return this.rid; }
  getClient() { return this.#client; }
  /** Why the resource is no longer kept up to date; null while it is. */
  get lost() { return this.#entry.lost; }

  on(event, handler) {
    super.on(event, handler);
    this.#client._listenersChanged(this.#entry);
    return this;
  }
  off(event, handler) {
    super.off(event, handler);
    this.#client._listenersChanged(this.#entry);
    return this;
  }
  /** Gives back what one `subscribe` took. */
  release() { this.#client._release(this.#entry); }
  call(method, params) { return this.#client.call(this.rid, method, params); }
  auth(method, params) { return this.#client.auth(this.rid, method, params); }
}

/**
 * A resource of named values, in `props`. Emits `change` with the former values of what has changed.
 *
 * A value can be read from the model itself as well, as `book.title`, unless the name is one of the model's own.
 */
export class ResModel extends Resource {
  props = {};

  /** Makes the values readable by their names; called when names came or went. */
  _expose() {
    for (const name of Object.keys(this)) if (this.#exposed.has(name) && !(name in this.props)) delete this[name];
    for (const name of Object.keys(this.props)) {
      if (name in this) continue;
      this.#exposed.add(name);
      Object.defineProperty(this, name, { get: () => this.props[name], enumerable: true, configurable: true });
    }
  }
  #exposed = new Set();

  /** Asks the service to change values. */
  set(props) { return this.call('set', props); }
  toJSON() { return Object.fromEntries(Object.entries(this.props).map(([name, value]) => [name, plain(value)])); }
}

/** A resource of ordered values. Emits `add` and `remove` with `{ item, idx }`. */
export class ResCollection extends Resource {
  list = [];

  get length() { return this.list.length; }
  at(index) { return this.list[index]; }
  atIndex(index) { return this.list[index]; }
  /** Asks the service for a new resource in it. */
  create(props) { return this.call('new', props); }
  indexOf(item) { return this.list.indexOf(item); }
  toArray() { return [...this.list]; }
  [Symbol.iterator]() { return this.list[Symbol.iterator](); }
  toJSON() { return this.list.map(plain); }
}

/** A value without references to other resources' content, so that cycles end. */
function plain(value) {
  return value instanceof Resource ? { rid: value.rid } : value;
}

/** One resource as the client knows it: its raw content, its object, and why it is kept. */
class Entry {
  resource = null;
  /** The content as it was sent: an object or a list of raw values. */
  raw = null;
  /** Subscriptions of its own that the server counts. */
  direct = 0;
  /** How often other resources refer to it. */
  references = 0;
  /** Calls of `subscribe` that were not released. */
  holds = 0;
  /** The subscribe request under way. */
  pending = null;
  unsubscribing = false;
  timer = null;
  lost = null;

  constructor(rid) { this.rid = rid; }

  get isRoot() { return this.direct > 0 || this.pending !== null; }
}

export class ResClient extends Emitter {
  #url;
  #options;
  #entries = new Map();
  #socket = null;
  #connecting = null;
  #isWanted = false;
  #failures = 0;
  #retry = null;
  #requests = new Map();
  #nextID = 1;
  #onConnect = null;
  #retired = [];
  #modelTypes = [];
  #collectionTypes = [];

  /**
   * @param url where the server's WebSocket is, or a function that gives a WebSocket.
   * @param options `unsubscribeDelay` in milliseconds; `onConnect`, awaited before anything is subscribed.
   */
  constructor(url, options = {}) {
    super();
    this.#url = url;
    this.#options = { unsubscribeDelay: UNSUBSCRIBE_DELAY, ...options };
    this.#onConnect = options.onConnect ?? null;
  }

  /** Whether requests are answered now. */
  get connected() { return this.#socket !== null; }

  /** Something to await after each connect and before anything is subscribed, such as a login. */
  setOnConnect(callback) {
    this.#onConnect = callback;
    return this;
  }

  /** Connects, and connects again whenever the connection is lost, until `disconnect`. */
  connect() {
    this.#isWanted = true;
    if (this.#socket) return Promise.resolve();
    this.#connecting ??= this.#open().finally(() => { this.#connecting = null; });
    return this.#connecting;
  }

  /** Closes the connection and stays disconnected until the next request. */
  disconnect() {
    this.#isWanted = false;
    clearTimeout(this.#retry);
    this.#socket?.close();
  }

  /** The resource, subscribed to; one object for one resource id. */
  async get(rid) {
    const entry = this.#entry(rid);
    await this.#ensureSubscribed(entry);
    this.#settle(entry);
    return entry.resource;
  }

  /** The resource, subscribed to until its `release()` is called as often as this. */
  async subscribe(rid) {
    const entry = this.#entry(rid);
    entry.holds += 1;
    try {
      await this.#ensureSubscribed(entry);
    } catch (error) {
      entry.holds -= 1;
      throw error;
    }
    this.#settle(entry);
    return entry.resource;
  }

  /** Calls a method: its result, or the resource that it answers with. */
  call(rid, method, params) { return this.#ask(`call.${rid}.${method}`, params, rid, method); }

  /** Calls a method that authenticates. */
  auth(rid, method, params) { return this.#ask(`auth.${rid}.${method}`, params, rid, method); }

  /** Calls a method that authenticates. */
  authenticate(rid, method, params) { return this.auth(rid, method, params); }

  /** Asks a collection for a new resource. */
  create(rid, params) { return this.call(rid, 'new', params); }

  /** Asks a model to change values; one that is undefined is taken away. */
  setModel(rid, props) {
    const values = Object.entries(props).map(([name, value]) => [name, value === undefined ? { action: 'delete' } : value]);
    return this.call(rid, 'set', Object.fromEntries(values));
  }

  /** Where the server is. */
  getHostUrl() { return typeof this.#url === 'function' ? '' : this.#url; }

  /** Has models whose ids fit a pattern made by `factory(client, rid)`, which gives an object of a subclass of `ResModel`. */
  registerModelType(pattern, factory) { this.#modelTypes.unshift({ pattern, factory }); }
  unregisterModelType(pattern) { return unregister(this.#modelTypes, pattern); }

  /** Has collections made by a factory, likewise. */
  registerCollectionType(pattern, factory) { this.#collectionTypes.unshift({ pattern, factory }); }
  unregisterCollectionType(pattern) { return unregister(this.#collectionTypes, pattern); }

  #make(entry, types, Plain) {
    const name = entry.rid.split('?')[0];
    const type = types.find(({ pattern }) => isNameOf(pattern, name));
    return type ? type.factory(this, entry.rid) : new Plain(this, entry);
  }

  // Subscriptions

  #entry(rid) {
    let entry = this.#entries.get(rid);
    if (!entry) this.#entries.set(rid, entry = new Entry(rid));
    return entry;
  }

  async #ensureSubscribed(entry) {
    if (entry.direct > 0 && !entry.unsubscribing && !entry.lost) return;
    entry.pending ??= this.#subscribe(entry).finally(() => { entry.pending = null; this.#prune(entry); });
    await entry.pending;
  }

  async #subscribe(entry) {
    const result = await this.#request(`subscribe.${entry.rid}`, undefined, answer => {
      this.#receive(answer ?? {});
      entry.direct += 1;
      entry.lost = null;
    }, entry.rid);
    if (!entry.resource) throw entry.lost ?? new ResError({ message: 'The server did not send the resource' }, entry.rid);
    return result;
  }

  /** Calls from resources that are made with an id. */
  _entryOf(rid) { return this.#entry(rid); }

  /** Calls from resources whose listeners came or went. */
  _listenersChanged(entry) {
    if (this.#entries.get(entry.rid) !== entry) {
      // Somebody listens to a resource that was let go: it is taken up again with its object.
      if (!entry.resource.listens || this.#entries.has(entry.rid)) return;
      this.#takeUp(entry);
    }
    if (entry.resource.listens && !entry.isRoot && entry.references === 0) this.#resume(entry);
    this.#settle(entry);
  }

  /** Knows a forgotten resource again, less its references: what they led to was forgotten too. */
  #takeUp(entry) {
    this.#entries.set(entry.rid, entry);
    const { raw, resource } = entry;
    if (!Array.isArray(raw)) {
      for (const name of Object.keys(raw)) if (referenced([raw[name]]).length) delete raw[name];
      return;
    }
    for (let idx = raw.length - 1; idx >= 0; idx -= 1) {
      if (!referenced([raw[idx]]).length) continue;
      raw.splice(idx, 1);
      const [item] = resource.list.splice(idx, 1);
      resource.emit('remove', { item, idx }, resource);
    }
  }

  _release(entry) {
    if (entry.holds > 0) entry.holds -= 1;
    this.#settle(entry);
  }

  /** Lets a subscription end after a while when nothing needs it, and keeps it when something does. */
  #settle(entry) {
    clearTimeout(entry.timer);
    entry.timer = null;
    if (entry.direct === 0 || entry.unsubscribing || this.#isNeeded(entry)) return;
    entry.timer = setTimeout(() => this.#unsubscribe(entry), this.#options.unsubscribeDelay);
    // Node ends when nothing but such a timer is left.
    entry.timer.unref?.();
  }

  #isNeeded(entry) { return entry.holds > 0 || (entry.resource?.listens ?? false); }

  async #unsubscribe(entry) {
    entry.timer = null;
    if (this.#isNeeded(entry) || entry.pending || entry.unsubscribing) return;
    if (!this.#socket) return this.#drop(entry);
    entry.unsubscribing = true;
    const count = entry.direct;
    // What it refers to goes when the server has answered, since answers before that may still build on it.
    const done = () => {
      entry.unsubscribing = false;
      entry.direct = Math.max(0, entry.direct - count);
      this.#prune(entry);
    };
    await this.#request(`unsubscribe.${entry.rid}`, { count }, done, entry.rid).catch(done);
    if (entry.direct === 0 && !entry.pending && this.#isNeeded(entry)) this.#resume(entry);
  }

  #drop(entry) {
    entry.direct = 0;
    this.#prune(entry);
  }

  /** Subscribes to what somebody listens to and nothing else keeps. */
  #resume(entry) {
    if (!this.#socket) {
      // Without a connection it is counted as subscribed, so that the next one subscribes to it.
      entry.direct = Math.max(entry.direct, 1);
      return;
    }
    this.#ensureSubscribed(entry).catch(error => this.#lose(entry, error));
  }

  #lose(entry, error) {
    entry.direct = 0;
    entry.lost = error;
    entry.resource?.emit('unsubscribe', error);
    this.#prune(entry);
  }

  /** Forgets a resource that nothing keeps, and what is kept by it alone. */
  #prune(entry) {
    if (entry.isRoot || this.#entries.get(entry.rid) !== entry) return;
    if (entry.references > 0 && this.#reachable().has(entry)) return;
    if (entry.references === 0 && this.#isNeeded(entry) && !entry.lost) return this.#resume(entry);
    clearTimeout(entry.timer);
    this.#entries.delete(entry.rid);
    for (const target of referenced(entry.raw)) this.#unrefer(target);
  }

  #unrefer(rid) {
    const target = this.#entries.get(rid);
    if (!target) return;
    target.references -= 1;
    // Most resources refer to nothing, so they are in no cycle and the count alone decides.
    if (target.references === 0 || referenced(target.raw).length > 0) this.#prune(target);
  }

  /** Everything that the subscriptions lead to. */
  #reachable() {
    const found = new Set([...this.#entries.values()].filter(entry => entry.isRoot));
    for (const entry of found) {
      for (const rid of referenced(entry.raw)) {
        const target = this.#entries.get(rid);
        if (target) found.add(target);
      }
    }
    return found;
  }

  // Content

  /** Takes up the resources of an answer or event: all objects first, then their values, which may refer to each other. */
  #receive({ models = {}, collections = {}, errors = {} }) {
    const received = [];
    const take = (set, make, isKind) => {
      for (const [rid, raw] of Object.entries(set)) {
        const entry = this.#entry(rid);
        const isNew = !isKind(entry.resource);
        if (isNew) entry.resource = make(entry);
        entry.lost = null;
        received.push([entry, raw, isNew]);
      }
    };
    take(models, entry => this.#make(entry, this.#modelTypes, ResModel), known => known instanceof ResModel);
    take(collections, entry => this.#make(entry, this.#collectionTypes, ResCollection), known => known instanceof ResCollection);
    for (const [rid, error] of Object.entries(errors)) this.#entry(rid).lost = new ResError(error, rid);
    for (const [entry, raw, isNew] of received) {
      if (isNew) this.#fill(entry, raw);
      else if (Array.isArray(raw)) this.#synchroniseList(entry, raw);
      else this.#synchroniseModel(entry, raw);
    }
    this.#retire();
  }

  #fill(entry, raw) {
    for (const rid of referenced(entry.raw)) this.#retired.push(rid);
    entry.raw = raw;
    this.#refer(referenced(raw));
    if (Array.isArray(raw)) {
      entry.resource.list = raw.map(value => this.#value(value));
    } else {
      entry.resource.props = Object.fromEntries(
        Object.entries(raw).map(([name, value]) => [name, this.#value(value)]));
      entry.resource._expose();
    }
  }

  #synchroniseModel(entry, raw) {
    const values = { ...raw };
    for (const name of Object.keys(entry.raw)) if (!(name in raw)) values[name] = { action: 'delete' };
    this.#change(entry, values);
  }

  #synchroniseList(entry, raw) {
    for (const { idx, value, isAdd } of listDifference(entry.raw.map(key), raw.map(key))) {
      if (isAdd) this.#add(entry, idx, raw[value]);
      else this.#remove(entry, idx);
    }
  }

  #value(raw) {
    if (raw === null || typeof raw !== 'object') return raw;
    if ('data' in raw) return raw.data;
    if (raw.soft) return new ResRef(this, raw.rid);
    const target = this.#entries.get(raw.rid);
    return target?.resource ?? target?.lost ?? new ResError({ code: 'system.notFound', message: 'Not found' }, raw.rid);
  }

  #refer(rids) { for (const rid of rids) this.#entry(rid).references += 1; }

  /** Counts references that are gone, once whatever came with the same message has been counted. */
  #retire() {
    const rids = this.#retired;
    this.#retired = [];
    for (const rid of rids) this.#unrefer(rid);
  }

  #change(entry, values) {
    const { props } = entry.resource;
    const changed = {};
    for (const [name, raw] of Object.entries(values)) {
      const before = entry.raw[name];
      const isDeleted = raw !== null && typeof raw === 'object' && raw.action === 'delete';
      if (isDeleted ? before === undefined : before !== undefined && key(before) === key(raw)) continue;
      changed[name] = props[name];
      this.#retired.push(...referenced([before]));
      if (isDeleted) {
        delete entry.raw[name];
        delete props[name];
      } else {
        this.#refer(referenced([raw]));
        entry.raw[name] = raw;
        props[name] = this.#value(raw);
      }
    }
    if (!Object.keys(changed).length) return;
    entry.resource._expose();
    entry.resource.emit('change', changed, entry.resource);
  }

  #add(entry, idx, raw) {
    if (!Number.isInteger(idx) || idx < 0 || idx > entry.raw.length) return;
    this.#refer(referenced([raw]));
    const item = this.#value(raw);
    entry.raw.splice(idx, 0, raw);
    entry.resource.list.splice(idx, 0, item);
    entry.resource.emit('add', { item, idx }, entry.resource);
  }

  #remove(entry, idx) {
    if (!Number.isInteger(idx) || idx < 0 || idx >= entry.raw.length) return;
    const [raw] = entry.raw.splice(idx, 1);
    const [item] = entry.resource.list.splice(idx, 1);
    this.#retired.push(...referenced([raw]));
    entry.resource.emit('remove', { item, idx }, entry.resource);
  }

  #event(name, data) {
    // The name of an event has no dot; a query in the resource id may have some.
    const dot = name.lastIndexOf('.');
    const entry = this.#entries.get(name.slice(0, dot));
    if (!entry?.resource) return;
    const event = name.slice(dot + 1);
    if (data && typeof data === 'object' && (data.models || data.collections || data.errors)) this.#receive(data);
    const isModel = entry.resource instanceof ResModel;
    if (event === 'change' && isModel) this.#change(entry, data?.values ?? {});
    else if (event === 'add' && !isModel) this.#add(entry, data?.idx, data?.value);
    else if (event === 'remove' && !isModel) this.#remove(entry, data?.idx);
    else if (event === 'unsubscribe') this.#lose(entry, new ResError(data?.reason, entry.rid));
    else entry.resource.emit(event, data, entry.resource);
    this.#retire();
  }

  // The connection

  async #ask(path, params, rid, method) {
    let resource = null;
    const result = await this.#request(path, params, answer => {
      if (!answer?.rid) return;
      // The answer is a resource, which the server has subscribed us to.
      this.#receive(answer);
      const entry = this.#entry(answer.rid);
      entry.direct += 1;
      resource = entry.resource;
      this.#settle(entry);
    }, rid, method);
    return result?.rid ? resource : result?.payload;
  }

  /** Sends a request. `received` is called with its result before any later message is looked at. */
  async #request(path, params, received, rid, method) {
    if (!this.#socket) await this.connect();
    return this.#send(path, params, received, rid, method);
  }

  #send(path, params, received, rid, method) {
    const { promise, resolve, reject } = withResolvers();
    const socket = this.#socket;
    if (!socket) {
      reject(connectionError(rid, method));
      return promise;
    }
    const id = this.#nextID++;
    this.#requests.set(id, { received, resolve, reject, rid, method });
    socket.send(JSON.stringify({ id, method: path, params }));
    return promise;
  }

  async #open() {
    clearTimeout(this.#retry);
    const socket = typeof this.#url === 'function' ? this.#url() : new WebSocket(absolute(this.#url));
    const { promise, resolve, reject } = withResolvers();
    socket.onopen = resolve;
    socket.onmessage = message => this.#message(message.data);
    socket.onclose = () => {
      reject(connectionError());
      this.#closed(socket);
    };
    await promise;
    this.#socket = socket;
    try {
      await this.#send('version', { protocol: PROTOCOL });
      await this.#onConnect?.(this);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.#failures = 0;
    this.emit('connect', this);
    this.#resubscribe();
  }

  #closed(socket) {
    if (this.#socket === socket) {
      this.#socket = null;
      this.emit('disconnect', this);
    }
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const { reject, rid, method } of requests) reject(connectionError(rid, method));
    if (!this.#isWanted) return;
    this.#retry = setTimeout(() => this.connect().catch(() => {}), retryDelay(this.#failures));
    this.#failures += 1;
  }

  /** Subscribes anew to everything that was subscribed to; what is different arrives as events. */
  #resubscribe() {
    for (const entry of [...this.#entries.values()].filter(entry => entry.direct > 0)) {
      entry.direct = 0;
      entry.unsubscribing = false;
      this.#ensureSubscribed(entry)
        .then(() => this.#settle(entry))
        // A connection that is lost meanwhile leaves it to the next one.
        .catch(error => { if (this.#socket) this.#lose(entry, error); else entry.direct = Math.max(1, entry.direct); });
    }
  }

  #message(text) {
    const message = JSON.parse(text);
    if (message.event) return this.#event(message.event, message.data);
    const request = this.#requests.get(message.id);
    if (!request) return;
    this.#requests.delete(message.id);
    if (message.error) return request.reject(new ResError(message.error, request.rid, request.method));
    request.received?.(message.result);
    request.resolve(message.result);
  }
}

/** The URL of a WebSocket; a path is one of the page's own server. */
function absolute(url) {
  if (/^wss?:/.test(url)) return url;
  const whole = new URL(url, globalThis.location?.href);
  whole.protocol = whole.protocol === 'https:' ? 'wss:' : 'ws:';
  return whole.href;
}

function unregister(types, pattern) {
  const index = types.findIndex(type => type.pattern === pattern);
  return index < 0 ? undefined : types.splice(index, 1)[0].factory;
}

/** Whether a pattern, in which `*` is any one part and a last `>` one or more, fits a resource name. */
function isNameOf(pattern, name) {
  const wanted = pattern.split('.');
  const parts = name.split('.');
  const isOpen = wanted.at(-1) === '>';
  if (isOpen ? parts.length < wanted.length : parts.length !== wanted.length) return false;
  return wanted.every((part, index) => part === '*' || part === parts[index] || (part === '>' && isOpen));
}

function withResolvers() {
  let resolve, reject;
  const promise = new Promise((kept, broken) => { resolve = kept; reject = broken; });
  return { promise, resolve, reject };
}

function connectionError(rid, method) {
  return new ResError({ code: 'system.connectionError', message: 'Connection lost' }, rid, method);
}

/** Milliseconds to wait before an attempt, after so many that failed in a row; half of it is left to chance. */
export function retryDelay(failures, random = Math.random()) {
  const delay = Math.min(LAST_RETRY_DELAY, FIRST_RETRY_DELAY * 2 ** failures);
  return delay / 2 + random * delay / 2;
}

/** A text that is equal for equal raw values. */
function key(raw) { return JSON.stringify(raw); }

/** The resource ids that raw values refer to; soft references do not count. */
function referenced(raw) {
  if (raw === null) return [];
  return Object.values(raw).filter(value => value?.rid && !value.soft).map(value => value.rid);
}

/**
 * The removals and then the additions that make one list another. `value` is an index of the new list.
 *
 * Removals come from the end, additions from the start, so that each index holds at its time.
 */
export function listDifference(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const kept = commonSubsequence(before.slice(start, before.length - end), after.slice(start, after.length - end));
  const keptBefore = new Set(kept.map(([index]) => index + start));
  const keptAfter = new Set(kept.map(([, index]) => index + start));
  const steps = [];
  for (let idx = before.length - end - 1; idx >= start; idx -= 1) {
    if (!keptBefore.has(idx)) steps.push({ idx, isAdd: false });
  }
  for (let idx = start; idx < after.length - end; idx += 1) {
    if (!keptAfter.has(idx)) steps.push({ idx, value: idx, isAdd: true });
  }
  return steps;
}

/** Pairs of indices of a longest common subsequence. */
function commonSubsequence(left, right) {
  if (left.length * right.length > MAXIMUM_COMPARISON) return [];
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] = left[row] === right[column]
        ? lengths[(row + 1) * width + column + 1] + 1
        : Math.max(lengths[(row + 1) * width + column], lengths[row * width + column + 1]);
    }
  }
  const pairs = [];
  let row = 0, column = 0;
  while (row < left.length && column < right.length) {
    if (left[row] === right[column]) pairs.push([row++, column++]);
    else if (lengths[(row + 1) * width + column] >= lengths[row * width + column + 1]) row += 1;
    else column += 1;
  }
  return pairs;
}

export default ResClient;
