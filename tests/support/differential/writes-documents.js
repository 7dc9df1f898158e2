'use strict';

// Writes of whole documents: the Document Service, the content manager, entityService and the REST API.
const { dataFor } = require('./data');

const STATES = ['draft', 'published'];
const MOVES = ['publish', 'unpublish', 'discardDraft'];

const create = async (world) => {
  const name = world.random.pick(world.NAMES);
  if (await world.isFull(name)) return remove(world, name);
  const asked = { data: await dataFor(name, world), status: world.random.pick(STATES) };
  world.note(name, 'create', asked);
  await world.documents(name).create(asked);
};

const update = async (world) => {
  const name = world.random.pick(['article', ...world.NAMES]);
  const documentId = await world.someId(name);
  if (!documentId) return;
  const asked = { documentId, data: await dataFor(name, world), status: world.random.pick(STATES) };
  world.note(name, 'update', asked);
  await world.documents(name).update(asked);
};

const translate = async (world) => {
  const documentId = await world.someId('article');
  if (!documentId) return;
  const data = { title: `fr${world.random.below(4)}`, views: world.random.below(9) };
  const asked = { documentId, locale: 'fr', data, status: world.random.pick(STATES) };
  world.note('article', 'update', asked);
  await world.documents('article').update(asked);
};

const move = async (world) => {
  const name = world.random.pick(['article', 'author']);
  const documentId = await world.someId(name);
  if (!documentId) return;
  const asked = { documentId, ...(name === 'article' && { locale: world.random.pick(['en', 'fr', '*']) }) };
  const action = world.random.pick(MOVES);
  world.note(name, action, asked);
  await world.documents(name)[action](asked);
};

const remove = async (world, name = world.random.pick(world.NAMES)) => {
  const documentId = await world.someId(name);
  if (!documentId) return;
  const asked = { documentId, ...(name === 'article' && { locale: world.random.pick(['*', '*', 'fr']) }) };
  world.note(name, 'delete', asked);
  await world.documents(name).delete(asked);
  world.gone.push([name, documentId]);
};

const clone = async (world) => {
  const documentId = await world.someId('article');
  if (!documentId || (await world.isFull('article'))) return;
  world.note('article', 'clone', documentId);
  await world.documents('article').clone({ documentId });
};

/** What the list view of the admin panel does with the entries that are ticked. */
const bulk = async (world) => {
  const manager = world.strapi.plugin('content-manager').service('document-manager');
  const name = world.random.pick(['article', 'author']);
  const ids = await world.someIds(name, 3);
  const locale = name === 'article' ? world.random.pick(['en', 'fr']) : undefined;
  const uid = world.uidOf(name);
  const actions = [
    [4, ['publishMany', () => manager.publishMany(uid, ids, locale)]],
    [3, ['unpublishMany', () => manager.unpublishMany(ids, uid, { locale })]],
    [1, ['deleteMany', () => manager.deleteMany(ids.slice(0, 2), uid, { locale })]],
  ];
  const [action, run] = world.random.weighted(actions);
  world.note(`content-manager ${name}`, action, ids, locale ?? '');
  await run();
};

const entityService = async (world) => {
  const name = world.random.pick(world.NAMES);
  const row = await world.someRow(name);
  if (!row) return;
  const { articles, ...data } = await dataFor(name, world);
  world.note(`entityService ${name}`, 'update', row.id, data);
  await world.strapi.entityService.update(world.uidOf(name), row.id, { data });
};

const PLURALS = { article: 'articles', author: 'authors', tag: 'tags', category: 'categories' };

const rest = async (world) => {
  const name = world.random.pick(world.NAMES);
  const documentId = await world.someId(name);
  if (!documentId) return;
  const status = name === 'category' || name === 'tag' ? '' : `?status=${world.random.pick(STATES)}`;
  const body = { data: await dataFor(name, world) };
  const path = `/api/${PLURALS[name]}/${documentId}${status}`;
  world.note('PUT', path, body);
  const answer = await world.app.request(path, { method: 'PUT', body, token: world.token });
  if (answer.status !== 200) throw new Error(`PUT: ${answer.status} ${answer.text}`);
};

/** With how often each is drawn. */
exports.DOCUMENT_WRITES = [
  [4, create],
  [6, update],
  [3, translate],
  [5, move],
  [1, remove],
  [1, clone],
  [2, bulk],
  [2, entityService],
  [3, rest],
];
exports.translate = translate;
exports.update = update;
