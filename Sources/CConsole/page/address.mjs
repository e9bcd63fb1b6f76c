// What stands in the page's address: a resource and its query, just as in the API's URLs. `#/library/books?sort=-year`

const WORDS = new Set(['sort', 'start', 'limit', 'fields', 'expand', 'q']);
export const DEFAULT_LIMIT = 50;

/** Conditions that a filter can have, as the query's suffix and as people read it. */
export const OPERATORS = [
  ['', '='], ['ne', '≠'], ['lt', '<'], ['lte', '≤'], ['gt', '>'], ['gte', '≥'],
  ['contains', 'contains'], ['startswith', 'starts with'], ['like', 'like'],
  ['in', 'one of'], ['notin', 'none of'], ['isnull', 'is null'],
];

/** Escapes a part of a query; besides what has a meaning in a URL also what has one in a shell. */
function escape(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, mark => '%' + mark.charCodeAt(0).toString(16).toUpperCase())
    .replaceAll('%2C', ',');
}

/** The place that an address names: `name` is the resource's, without the query, which is `text`. */
export function parseAddress(hash) {
  const [path, query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const parts = path.split('/').filter(Boolean).map(part => { try { return decodeURIComponent(part); } catch { return part; } });
  const place = { parts, name: parts.join('.'), text: query, query: new URLSearchParams(query), filters: [], sort: [], start: 0, limit: DEFAULT_LIMIT };
  for (const [name, value] of place.query) {
    if (name === 'sort') place.sort = value.split(',').filter(Boolean);
    else if (name === 'start') place.start = Math.max(0, Number.parseInt(value, 10) || 0);
    else if (name === 'limit') place.limit = Math.max(1, Number.parseInt(value, 10) || DEFAULT_LIMIT);
    else if (!WORDS.has(name)) place.filters.push(parseFilter(name, value));
  }
  return place;
}

function parseFilter(name, value) {
  const cut = name.lastIndexOf('__');
  const operator = cut > 0 ? name.slice(cut + 2) : '';
  const isKnown = OPERATORS.some(([known]) => known && known === operator);
  if (operator === 'eq') return { column: name.slice(0, cut), operator: '', value };
  return isKnown ? { column: name.slice(0, cut), operator, value } : { column: name, operator: '', value };
}

/** The query of a place; with `isWhole` the limit stands there even where it is the page's default. */
export function queryOf({ filters, sort, start, limit }, isWhole = false) {
  const pairs = filters.map(filter => {
    // A column with the name of a word of the query language is only reached with its operator.
    const suffix = filter.operator || (WORDS.has(filter.column) ? 'eq' : '');
    return `${escape(filter.column)}${suffix && `__${suffix}`}=${escape(filter.value)}`;
  });
  if (sort.length) pairs.push(`sort=${sort.map(escape).join(',')}`);
  if (start) pairs.push(`start=${start}`);
  if (isWhole || limit !== DEFAULT_LIMIT) pairs.push(`limit=${limit}`);
  return pairs.join('&');
}

/** The address of a resource name, or of a place. */
export function addressOf(place) {
  if (typeof place === 'string') return '#/' + place.split('.').map(encodeURIComponent).join('/').replaceAll('%2C', ',');
  const query = queryOf(place);
  return addressOf(place.name) + (query && `?${query}`);
}

/** The path of the API for a resource id. */
export function pathOf(rid) {
  const [name, query] = rid.split(/\?(.*)/s);
  return '/api/' + addressOf(name).slice(2) + (query ? `?${query}` : '');
}

/** The sort order after a click on a column: ascending, descending, none; others stay with `isAdded`. */
export function nextSort(sort, column, isAdded) {
  const others = isAdded ? sort.filter(term => term !== column && term !== `-${column}`) : [];
  if (sort.includes(column)) return [...others, `-${column}`];
  return sort.includes(`-${column}`) ? others : [...others, column];
}
