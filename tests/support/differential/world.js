'use strict';

// What the writes and the reads of one series share: the content as it is now, and a log of what was done to it.

/** More documents of a type than this and one is deleted in the place of a new one: few, so that writes collide. */
const MAX_DOCUMENTS = { article: 7, author: 3, tag: 4, category: 3 };
const LOGGED = 10;

const NAMES = Object.keys(MAX_DOCUMENTS);

const uidOf = (name) => {
  if (name === 'file') return 'plugin::upload.file';
  return name.startsWith('shared.') ? name : `api::${name}.${name}`;
};

exports.createWorld = (app, token, random) => {
  const { strapi } = app;
  const query = (name) => strapi.db.query(uidOf(name));
  const rows = (name) => query(name).findMany({ orderBy: { id: 'asc' } });
  /** In one order for one seed, whatever Strapi has named them. */
  const documentIds = async (name) => [...new Set((await rows(name)).map(({ documentId }) => documentId))];
  const operations = [];
  const gone = [];

  return {
    app,
    strapi,
    token,
    random,
    NAMES,
    uidOf,
    query,
    rows,
    documentIds,
    documents: (name) => strapi.documents(uidOf(name)),

    someRow: async (name) => random.pick(await rows(name)),
    someId: async (name) => random.pick(await documentIds(name)),
    someIds: async (name, count = 2) => random.sample(await documentIds(name), count),
    isFull: async (name) => (await documentIds(name)).length >= MAX_DOCUMENTS[name],

    /** Document ids that have been deleted. */
    gone,
    note: (...operation) => {
      operations.push(
        operation.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' '),
      );
    },
    operationCount: () => operations.length,
    lastOperations: () => operations.slice(-LOGGED),
  };
};
