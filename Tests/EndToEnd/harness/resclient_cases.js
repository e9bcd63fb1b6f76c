// What resclient.mjs does, on a socket that a case plays the server of. Evaluates to a function from the module to the
// cases by name; a case throws when something is not as it should be. Runs in any page of the server, and in Node.
({ ResClient, ResError, ResRef, listDifference, retryDelay }) => {
  function equal(actual, expected, what = '') {
    const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (left !== right) throw new Error(`${what} is ${left}, not ${right}`);
  }

  /** A server in the hands of a case: what was asked is in `requests`, `answers` has results by method. */
  class Server {
    answers = new Map();
    sockets = [];
    requests = [];
    #waiting = [];

    connect() {
      const socket = {
        send: text => this.#received(JSON.parse(text)),
        close: () => socket.onclose?.(),
      };
      this.sockets.push(socket);
      queueMicrotask(() => socket.onopen());
      return socket;
    }
    #received({ id, method, params }) {
      if (method === 'version') return queueMicrotask(() => this.send({ id, result: { protocol: '1.2.3' } }));
      this.requests.push(params === undefined ? method : `${method} ${JSON.stringify(params)}`);
      for (const look of [...this.#waiting]) look();
      if (!this.answers.has(method)) return;
      const answer = this.answers.get(method);
      queueMicrotask(() => this.send({ id, ...(answer instanceof Error ? { error: answer } : { result: answer }) }));
    }
    send(message) { this.sockets.at(-1).onmessage({ data: JSON.stringify({ ...message, ...(message.error && { error: { ...message.error } }) }) }); }
    event(name, data) { this.send({ event: name, data }); }
    drop() { this.sockets.at(-1).onclose(); }

    /** Waits until so many requests have come, and gives the last. */
    async until(count) {
      if (this.requests.length < count) {
        await new Promise(resolve => {
          const look = () => { if (this.requests.length >= count) resolve(); };
          this.#waiting.push(look);
        });
      }
      return this.requests[count - 1];
    }
  }

  function start(answers = {}, options = {}) {
    const server = new Server();
    for (const [method, answer] of Object.entries(answers)) server.answers.set(method, answer);
    return { server, client: new ResClient(() => server.connect(), { unsubscribeDelay: 1, ...options }) };
  }
  const error = code => Object.assign(new Error(), { code, message: code });
  const turn = () => new Promise(resolve => setTimeout(resolve));
  const once = (emitter, event) => new Promise(resolve => emitter.on(event, (...values) => resolve(values)));

  return {
    'the steps between any two lists make one the other': () => {
      let seed = 7;
      const random = below => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
      for (let round = 0; round < 3000; round += 1) {
        const make = () => Array.from({ length: random(9) }, () => random(5));
        const [before, after] = [make(), make()];
        const list = [...before];
        for (const { idx, value, isAdd } of listDifference(before, after)) {
          if (isAdd) list.splice(idx, 0, after[value]);
          else list.splice(idx, 1);
        }
        equal(list, after, `${before} to ${after}`);
      }
    },

    'one element that came or went is one step': () => {
      const list = Array.from({ length: 3000 }, (_, index) => index);
      equal(listDifference(list, list.filter(item => item !== 1500)), [{ idx: 1500, isAdd: false }]);
      equal(listDifference(list.slice(1), list), [{ idx: 0, value: 0, isAdd: true }]);
      equal(listDifference(list, list), []);
    },

    'lists too large to compare are replaced between their equal ends': () => {
      const list = Array.from({ length: 3000 }, (_, index) => index);
      const steps = listDifference(list, [0, ...list.slice(1, -1).reverse(), 2999]);
      equal(steps.length, 2 * 2998);
    },

    'the wait before attempts doubles up to ten seconds, half of it by chance': () => {
      equal([0, 1, 5, 6, 50].map(failures => retryDelay(failures, 1)), [250, 500, 8000, 10000, 10000]);
      equal(retryDelay(1, 0), 250);
    },

    'references, soft references and data values become objects, also in a cycle': async () => {
      const { client } = start({ 'subscribe.a.list': {
        collections: { 'a.list': [{ rid: 'a.m' }, 1, null, { data: { x: [1] } }, { rid: 'a.soft', soft: true }] },
        models: { 'a.m': { self: { rid: 'a.m' }, up: { rid: 'a.list' }, name: 'm' } },
      } });
      const list = await client.get('a.list');
      const [model, number, nothing, data, soft] = list;
      equal([list.length, number, nothing, data, list.rid], [5, 1, null, { x: [1] }, 'a.list']);
      equal([soft instanceof ResRef, soft.rid, model.rid], [true, 'a.soft', 'a.m']);
      equal([model.props.self === model, model.props.up === list, model.props.name], [true, true, 'm']);
      equal(JSON.stringify(model), '{"self":{"rid":"a.m"},"up":{"rid":"a.list"},"name":"m"}');
      equal(await client.get('a.list') === list, true, 'the same object');
    },

    'a resource that fails within another is an error in its place': async () => {
      const { client } = start({ 'subscribe.a': {
        models: { a: { b: { rid: 'b' } } }, errors: { b: { code: 'system.notFound', message: 'Not found' } },
      } });
      const { b } = (await client.get('a')).props;
      equal([b instanceof ResError, b.code, b.rid], [true, 'system.notFound', 'b']);
    },

    'a failing get and a failing call reject with the error of the server': async () => {
      const { client } = start({ 'subscribe.a': error('system.notFound'), 'call.a.set': error('x.y') });
      const codes = [];
      for (const promise of [client.get('a'), client.call('a', 'set', {})]) {
        await promise.catch(problem => codes.push(problem.code, problem.rid));
      }
      equal(codes, ['system.notFound', 'a', 'x.y', 'a']);
    },

    'a change tells the former values, and only of what is different': async () => {
      const { server, client } = start({ 'subscribe.a': { models: { a: { x: 1, y: { data: [1] }, z: null } } } });
      const model = await client.get('a');
      const seen = [];
      model.on('change', changed => seen.push(changed));
      server.event('a.change', { values: { x: 2, y: { data: [1] }, z: { action: 'delete' }, w: 'new' } });
      server.event('a.change', { values: { x: 2, q: { action: 'delete' } } });
      equal(seen.map(changed => Object.keys(changed)), [['x', 'z', 'w']]);
      equal([seen[0].x, seen[0].z, seen[0].w], [1, null, undefined]);
      equal(model.toJSON(), { x: 2, y: [1], w: 'new' });
    },

    'additions bring models, removals let them go, and a query with dots is followed': async () => {
      const rid = 'a.list?q=a.b&limit=2';
      const { server, client } = start({ [`subscribe.${rid}`]: {
        collections: { [rid]: [{ rid: 'm.1' }] }, models: { 'm.1': { n: 1 } },
      } });
      const list = await client.get(rid);
      const seen = [];
      list.on('add', ({ item, idx }) => seen.push(['add', item.props.n, idx]));
      list.on('remove', ({ item, idx }) => seen.push(['remove', item.props.n, idx]));
      server.event(`${rid}.add`, { idx: 0, value: { rid: 'm.2' }, models: { 'm.2': { n: 2 } } });
      server.event(`${rid}.remove`, { idx: 1 });
      server.event(`${rid}.add`, { idx: 1, value: { rid: 'm.1' }, models: { 'm.1': { n: 9 } } });
      server.event(`${rid}.add`, { idx: 7, value: 1 });
      equal(seen, [['add', 2, 0], ['remove', 1, 1], ['add', 9, 1]]);
      equal(list.toArray().map(model => model.props.n), [2, 9]);
    },

    'what nobody listens to is given up after the delay, once': async () => {
      const { server, client } = start({ 'subscribe.a': { models: { a: {} } }, 'unsubscribe.a': undefined });
      const model = await client.get('a');
      const heard = () => {};
      model.on('change', heard);
      await new Promise(resolve => setTimeout(resolve, 10));
      equal(server.requests, ['subscribe.a']);
      model.off('change', heard);
      equal(await server.until(2), 'unsubscribe.a {"count":1}');
      await turn();
      await client.get('a');
      equal(server.requests.slice(2), ['subscribe.a']);
    },

    'what is held stays until it is released as often': async () => {
      const { server, client } = start({ 'subscribe.a': { models: { a: {} } } });
      const model = await client.subscribe('a');
      await client.subscribe('a');
      model.release();
      await new Promise(resolve => setTimeout(resolve, 10));
      equal(server.requests, ['subscribe.a']);
      model.release();
      equal(await server.until(2), 'unsubscribe.a {"count":1}');
    },

    'a model with listeners outlives the collection it came with': async () => {
      const { server, client } = start({
        'subscribe.list': { collections: { list: [{ rid: 'm' }] }, models: { m: { n: 1 } } },
        'unsubscribe.list': undefined, 'subscribe.m': { models: { m: { n: 2 } } },
      });
      const list = await client.get('list');
      const model = list.at(0);
      const changed = once(model, 'change');
      equal(await server.until(2), 'unsubscribe.list {"count":1}');
      equal(await server.until(3), 'subscribe.m');
      equal((await changed)[0], { n: 1 });
      equal(model.props.n, 2);
    },

    'models that refer to each other in a circle go with what led to them': async () => {
      const { server, client } = start({ 'subscribe.list': {
        collections: { list: [{ rid: 'a' }] }, models: { a: { next: { rid: 'b' } }, b: { next: { rid: 'a' }, n: 1 } },
      } });
      const list = await client.subscribe('list');
      const former = list.at(0);
      server.event('list.remove', { idx: 0 });
      server.event('list.add', { idx: 0, value: { rid: 'a' }, models: { a: { next: { rid: 'b' } }, b: { next: { rid: 'a' }, n: 2 } } });
      const { next } = list.at(0).props;
      equal([list.at(0) === former, next.props.n, next.props.next === list.at(0)], [false, 2, true]);
    },

    'after a lost connection what was missed arrives as events of the same objects': async () => {
      const { server, client } = start({ 'subscribe.list': {
        collections: { list: [{ rid: 'm.1' }, { rid: 'm.2' }] }, models: { 'm.1': { n: 1 }, 'm.2': { n: 2 } },
      } });
      const list = await client.subscribe('list');
      const [first] = list;
      const seen = [];
      list.on('add', ({ idx }) => seen.push(`add ${idx}`)).on('remove', ({ idx }) => seen.push(`remove ${idx}`));
      first.on('change', changed => seen.push(changed));
      server.answers.set('subscribe.list', {
        collections: { list: [{ rid: 'm.3' }, { rid: 'm.1' }] }, models: { 'm.1': { n: 8 }, 'm.3': { n: 3 } },
      });
      server.drop();
      equal(client.connected, false);
      await once(client, 'connect');
      await turn();
      equal(server.requests, ['subscribe.list', 'subscribe.list']);
      equal(seen.slice().sort(), [{ n: 1 }, 'add 0', 'remove 1'].sort());
      equal(list.toArray().map(model => model.props.n), [3, 8]);
      equal(list.at(1) === first, true, 'the same model');
      client.disconnect();
    },

    'a lost connection rejects what was asked, and login comes before anything is subscribed again': async () => {
      const { server, client } = start({ 'subscribe.a': { models: { a: {} } }, 'auth.users.login': { payload: null } });
      client.setOnConnect(() => client.auth('users', 'login'));
      await client.subscribe('a');
      const asked = client.call('a', 'slow').catch(problem => problem.code);
      await server.until(3);
      server.drop();
      equal(await asked, 'system.connectionError');
      await server.until(5);
      equal(server.requests.slice(3), ['auth.users.login', 'subscribe.a']);
      client.disconnect();
    },

    'a call that answers with a resource gives it, subscribed': async () => {
      const { server, client } = start({
        'call.a.new': { rid: 'a.1', models: { 'a.1': { n: 1 } } }, 'call.a.get': { payload: { deep: 1 } }, 'call.a.none': { payload: null },
      });
      const created = await client.create('a', { n: 1 });
      equal([created.rid, created.props.n], ['a.1', 1]);
      equal(await server.until(2), 'unsubscribe.a.1 {"count":1}');
      equal([await client.call('a', 'get'), await client.call('a', 'none')], [{ deep: 1 }, null]);
      equal(server.requests[0], 'call.a.new {"n":1}');
    },

    'a subscription that the server ends is told with its reason': async () => {
      const { server, client } = start({ 'subscribe.a': { models: { a: {} } } });
      const model = await client.subscribe('a');
      const ended = once(model, 'unsubscribe');
      server.event('a.unsubscribe', { reason: { code: 'system.accessDenied', message: 'Access denied' } });
      equal((await ended)[0].code, 'system.accessDenied');
      equal(model.lost.code, 'system.accessDenied');
    },

    'other events reach the listeners of their name': async () => {
      const { server, client } = start({ 'subscribe.a': { models: { a: {} } } });
      const model = await client.subscribe('a');
      const seen = [];
      model.on('ping', data => seen.push(data)).on('delete', () => seen.push('deleted'));
      server.event('a.ping', { x: 1 });
      server.event('a.delete', null);
      server.event('b.ping', {});
      equal(seen, [{ x: 1 }, 'deleted']);
    },

    'values are read from the model itself, unless the name is its own': async () => {
      const { server, client } = start({ 'subscribe.a': { models: { a: { title: 'x', rid: 'y' } } } });
      const model = await client.subscribe('a');
      equal([model.title, model.rid, model.props.rid], ['x', 'a', 'y']);
      server.event('a.change', { values: { title: { action: 'delete' }, pages: 3 } });
      equal([model.title, model.pages, 'title' in model], [undefined, 3, false]);
    },

    'several events, any event, and none are listened to': async () => {
      const { server, client } = start({ 'subscribe.a': { models: { a: {} } } });
      const model = await client.get('a');
      const seen = [];
      const any = (data, resource, name) => seen.push(name ?? resource);
      model.on('ping pong', () => seen.push('both')).on(null, any).on();
      server.event('a.ping', {});
      server.event('a.pong', {});
      model.off('ping pong').off(null, any);
      server.event('a.ping', {});
      equal(seen, ['ping', 'both', 'pong', 'both']);
      equal(model.listens, true);
      model.off();
      equal(model.listens, false);
    },

    'resources of an app are of its classes': async () => {
      const { server, client } = start({ 'subscribe.shop.item.1': { models: { 'shop.item.1': { price: 2 } } } });
      const model = await client.get('shop.item.1');
      const Model = Object.getPrototypeOf(model).constructor;
      class Item extends Model { get dear() { return this.props.price > 1; } }
      const { client: other } = start({ 'subscribe.shop.item.1': { models: { 'shop.item.1': { price: 2 } } }, 'subscribe.shop': { models: { shop: {} } } });
      other.registerModelType('shop.*.*', (api, rid) => new Item(api, rid));
      const item = await other.get('shop.item.1');
      equal([item instanceof Item, item.dear, (await other.get('shop')) instanceof Item], [true, true, false]);
      equal(typeof other.unregisterModelType('shop.*.*'), 'function');
      equal(other.unregisterModelType('shop.*.*'), undefined);
    },

    'a value that is undefined is taken away': async () => {
      const { server, client } = start({ 'call.a.set': { payload: null } });
      await client.setModel('a', { x: 1, y: undefined });
      equal(server.requests[0], 'call.a.set {"x":1,"y":{"action":"delete"}}');
    },
  };
}
