// The same resource in other people's tools.

import { pathOf } from '/console/address.mjs';

/** Pairs of a tool's name and the code that gets a resource with it. */
export function snippetsOf(rid, { origin, nats, resource }) {
  const url = origin + pathOf(rid);
  const [name, query] = rid.split(/\?(.*)/s);
  const params = query ? `json.dumps({"query": ${JSON.stringify(query)}}).encode()` : 'b""';
  return [
    ['curl', `curl '${url}'\n`],
    ['fetch', `const response = await fetch('${url}');\nif (!response.ok) throw new Error((await response.json()).message);\nconst rows = await response.json();\n`],
    ['ResClient', `import { ResClient } from '${origin}/resclient.mjs';

const client = new ResClient('${origin.replace(/^http/, 'ws')}/');
const resource = await client.subscribe('${rid}');
console.log(resource.toJSON());
resource.on('add', ({ item, idx }) => console.log('added', idx, item.toJSON?.() ?? item));
resource.on('remove', ({ idx }) => console.log('removed', idx));
resource.on('change', changed => console.log('changed', Object.keys(changed)));
`],
    ['nats-py', `import asyncio, json, nats

async def main():
    nc = await nats.connect("${nats ?? 'nats://127.0.0.1:4222'}")
    reply = await nc.request("get.${name}", ${params})
    print(json.loads(reply.data))
    events = await nc.subscribe("event.${name}.>")
    async for message in events.messages:
        print(message.subject, message.data.decode())

asyncio.run(main())
`],
    ['go-res', goService(name, query, resource, nats)],
  ];
}

/** A value in Go. */
function goValue(value) {
  if (value === null || value === undefined) return 'nil';
  if (value?.rid) return `res.${value.constructor.name === 'ResRef' ? 'SoftRef' : 'Ref'}(${JSON.stringify(value.rid)})`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `res.NewDataValue(json.RawMessage(${JSON.stringify(JSON.stringify(value))}))`;
}

/** A service in Go that serves a resource of the same kind, with the values that are seen now. */
function goService(name, query, resource, nats) {
  const [service, ...rest] = name.split('.');
  const pattern = rest.join('.');
  const values = resource?.list ? resource.toArray().slice(0, 5) : Object.entries(resource?.props ?? {});
  const body = resource?.list
    ? `res.Access(res.AccessGranted),
\t\tres.GetCollection(func(r res.CollectionRequest) {
${query ? `\t\t\t// r.Query() is ${JSON.stringify(query)}\n\t\t\tr.QueryCollection([]interface{}{` : '\t\t\tr.Collection([]interface{}{'}
${values.map(value => `\t\t\t\t${goValue(value)},`).join('\n')}
\t\t\t}${query ? ', r.Query()' : ''})`
    : `res.Access(res.AccessGranted),
\t\tres.GetModel(func(r res.ModelRequest) {
\t\t\tr.Model(map[string]interface{}{
${values.map(([key, value]) => `\t\t\t\t${JSON.stringify(key)}: ${goValue(value)},`).join('\n')}
\t\t\t})`;
  const isJSON = body.includes('json.RawMessage');
  return `package main

import (${isJSON ? '\n\t"encoding/json"\n' : ''}
\t"github.com/jirenius/go-res"
)

func main() {
\ts := res.NewService(${JSON.stringify(service)})
\ts.Handle(${JSON.stringify(pattern)},
\t\t${body}
\t\t}),
\t)
\ts.ListenAndServe(${JSON.stringify(nats ?? 'nats://127.0.0.1:4222')})
}
`;
}
