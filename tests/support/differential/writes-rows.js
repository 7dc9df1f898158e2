'use strict';

// Writes below documents: rows, relations, components, files, and settings that shape answers.
const { CHANGES, columnsFor } = require('./data');

const columns = async (world) => {
  const name = world.random.pick(['article', ...world.NAMES]);
  const row = await world.someRow(name);
  if (!row) return;
  const asked = { where: { id: row.id }, data: columnsFor(name, world) };
  world.note(`query ${name}`, 'update', asked);
  await world.query(name).update(asked);
};

/** A row moves to the other language, or between draft and published, if its document has none there. */
const move = async (world) => {
  const name = world.random.pick(['article', 'author']);
  const row = await world.someRow(name);
  if (!row) return;
  const isDraft = row.publishedAt === null;
  const moved =
    name === 'article' && world.random.chance(0.5)
      ? { locale: row.locale === 'en' ? 'fr' : 'en' }
      : { publishedAt: isDraft ? new Date(2026, 0, 1) : null };
  const placeOf = ({ documentId, locale, publishedAt }) => [documentId, locale, publishedAt === null].join();
  const place = placeOf({ ...row, ...moved });
  if ((await world.rows(name)).some((other) => placeOf(other) === place)) return;
  world.note(`query ${name}`, 'update', row.id, moved);
  await world.query(name).update({ where: { id: row.id }, data: moved });
};

const many = async (world) => {
  const asked = { where: { views: { $gt: world.random.below(8) } }, data: { views: world.random.below(9) } };
  world.note('query article', 'updateMany', asked);
  await world.query('article').updateMany(asked);
};

const createMany = async (world) => {
  if (await world.isFull('category')) return deleteMany(world);
  const names = [world.random.below(4), world.random.below(4)];
  const data = names.map((name) => ({ name: `c${name}`, documentId: `made${world.random.below(1e9)}` }));
  world.note('query category', 'createMany', data);
  await world.query('category').createMany({ data });
};

const deleteMany = async (world) => {
  const where = { name: `c${world.random.below(4)}` };
  world.note('query category', 'deleteMany', where);
  await world.query('category').deleteMany({ where });
};

const relations = async (world) => {
  const name = world.random.pick(['author', 'author', 'category', 'tag']);
  const [row, article] = [await world.someRow(name), await world.someRow('article')];
  if (!row || !article) return;
  const articles = { [world.random.pick(CHANGES)]: [{ id: article.id }] };
  if (world.random.chance(0.5)) {
    world.note(`query ${name}`, 'update', row.id, articles);
    await world.query(name).update({ where: { id: row.id }, data: { articles } });
  } else {
    world.note(`query ${name}`, 'updateRelations', row.id, articles);
    await world.query(name).updateRelations(row.id, { articles });
  }
};

/** An article goes from one row that holds it to another, which is the only one that is written to. */
const handOver = async (world) => {
  const name = world.random.pick(['author', 'category']);
  const populate = { articles: { select: ['id'] } };
  const holders = await world.query(name).findMany({ populate, orderBy: { id: 'asc' } });
  const giver = world.random.pick(holders.filter(({ articles }) => articles.length > 0));
  const taker = world.random.pick(holders.filter((holder) => holder !== giver));
  if (!giver || !taker) return;
  const id = Math.min(...giver.articles.map((article) => article.id));
  world.note(`query ${name}`, 'update', taker.id, `takes article ${id} from ${giver.id}`);
  await world.query(name).update({ where: { id: taker.id }, data: { articles: { connect: [{ id }] } } });
};

const component = async (world) => {
  const uid = world.random.pick(['shared.quote', 'shared.seo']);
  const row = await world.someRow(uid);
  if (!row) return;
  const text = `x${world.random.below(4)}`;
  const author = (await world.someRow('author'))?.id ?? null;
  const data = uid === 'shared.seo' ? { title: text } : world.random.pick([{ text }, { text, author }]);
  world.note(`query ${uid}`, 'update', row.id, data);
  await world.query(uid).update({ where: { id: row.id }, data });
};

const file = async (world) => {
  const { random } = world;
  const name = `f${random.below(3)}`;
  const files = await world.rows('file');
  if (files.length < 3) {
    world.note('query file', 'create', name);
    const data = { name, hash: 'h', url: '/x', mime: 'a/b', size: 1, provider: 'local' };
    await world.query('file').create({ data });
    return;
  }
  const { id } = random.pick(files);
  if (random.chance(0.2)) {
    world.note('query file', 'delete', id);
    await world.query('file').delete({ where: { id } });
    return;
  }
  const article = await world.someRow('article');
  const place = article && { id: article.id, __type: world.uidOf('article'), __pivot: { field: 'cover' } };
  const data = random.pick([{ name }, { related: [] }, { related: place ? [place] : [] }]);
  world.note('query file', 'update', id, data);
  await world.query('file').update({ where: { id }, data });
};

/** Rows change their names: what was known by the old one ends, what is asked by the new one begins. */
const rename = async (world) => {
  const name = world.random.pick(['tag', 'category']);
  const row = await world.someRow(name);
  if (!row) return;
  const documentId = `renamed${world.random.below(1e9)}`;
  world.note(`query ${name}`, 'update', row.id, { documentId });
  await world.query(name).update({ where: { id: row.id }, data: { documentId } });
  world.gone.push([name, row.documentId]);
};

const defaultLocale = async (world) => {
  const code = world.random.pick(['en', 'fr']);
  world.note('default locale', code);
  await world.strapi.plugin('i18n').service('locales').setDefaultLocale({ code });
};

/** The public may see authors, or may not any more. */
const permission = async (world) => {
  const actions = ['api::author.author.find', 'api::author.author.findOne'];
  const grants = world.random.chance(0.5);
  world.note(grants ? 'grant' : 'revoke', actions);
  await (grants ? world.app.grantPublic(actions) : world.app.revokePublic(actions));
};

/** With how often each is drawn. */
exports.ROW_WRITES = [
  [5, columns],
  [4, move],
  [1, many],
  [1, createMany],
  [1, deleteMany],
  [7, relations],
  [6, handOver],
  [3, component],
  [3, file],
  [2, rename],
  [1, defaultLocale],
  [1, permission],
];
exports.columns = columns;
exports.file = file;
