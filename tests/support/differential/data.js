'use strict';

// Random content, out of few values: filters and orders must often come out differently.

const CHANGES = ['connect', 'disconnect', 'set'];

const article = async ({ random, someId, someIds, rows }) => {
  const data = { title: `a${random.below(5)}`, views: random.below(8) };
  if (random.chance(0.5)) data.author = (await someId('author')) ?? null;
  if (random.chance(0.5)) data.tags = await someIds('tag');
  if (random.chance(0.5)) data.cover = random.pick([null, ...(await rows('file')).map(({ id }) => id)]);
  if (random.chance(0.5)) data.seo = random.chance(0.7) ? { title: `s${random.below(3)}` } : null;
  if (random.chance(0.5)) data.blocks = await blocks({ random, someId });
  return data;
};

const blocks = async ({ random, someId }) => {
  const quote = {
    __component: 'shared.quote',
    text: `q${random.below(3)}`,
    author: (await someId('author')) ?? null,
  };
  const rich = { __component: 'shared.rich', body: `r${random.below(3)}` };
  return random.pick([[], [quote], [rich, quote], [quote, rich]]);
};

/** A type that is known by its name and may take articles to itself. */
const named =
  (nameOf) =>
  async ({ random, someIds }) => {
    const data = { name: nameOf(random) };
    if (random.chance(0.5)) data.articles = { [random.pick(CHANGES)]: await someIds('article') };
    return data;
  };

const make = {
  article,
  author: named((random) => `a${random.below(4)}`),
  // Unique.
  tag: named((random) => `t${random.below(3)}${random.below(1e9)}`),
  category: named((random) => `c${random.below(4)}`),
};

/** Data for a document of the type. */
exports.dataFor = (name, world) => make[name](world);

/** New values of plain columns. */
exports.columnsFor = (name, { random }) =>
  name === 'article'
    ? random.pick([
        { views: random.below(9) },
        { views: random.below(9) },
        { title: `a${random.below(5)}` },
        { body: `b${random.below(3)}` },
      ])
    : { name: `${name[0]}${random.below(3)}${name === 'tag' ? random.below(1e9) : ''}` };

exports.CHANGES = CHANGES;
