'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const {
  FetchScope,
  currentScope,
  insideRead,
  outsideRead,
  scopeOfForeignSql,
} = require('../../strapi/server/reads/scope');

const readsOf = (scope) => scope.toJSON().reads;

test('an empty scope as the addon wants it', () => {
  expect(JSON.parse(JSON.stringify(new FetchScope()))).toEqual({
    reads: [],
    declared: false,
    foreignSql: false,
    wrote: false,
    noStore: false,
  });
});

test('each read is kept once, in the order of the first', () => {
  const scope = new FetchScope();
  scope.list('a');
  scope.document('a', 1);
  scope.document('a', '1');
  scope.edge('a');
  scope.any('a');
  scope.list('a');
  scope.document('a', '2');
  expect(readsOf(scope)).toEqual([
    { kind: 'list', uid: 'a' },
    { kind: 'document', uid: 'a', id: '1' },
    { kind: 'edge', uid: 'a' },
    { kind: 'any', uid: 'a' },
    { kind: 'document', uid: 'a', id: '2' },
  ]);
});

test('what a Refreshable declares is a document with an id and anything of a type without', () => {
  const scope = new FetchScope();
  scope.declare([{ uid: 'a', id: 5 }, { uid: 'b' }]);
  expect(scope.toJSON()).toMatchObject({
    declared: true,
    reads: [
      { kind: 'document', uid: 'a', id: '5' },
      { kind: 'any', uid: 'b' },
    ],
  });
});

test('declaring that it depends on nothing is a declaration too', () => {
  const scope = new FetchScope();
  scope.declare([]);
  expect(scope.toJSON()).toMatchObject({ declared: true, reads: [] });
});

test('outside of a fetch there is no scope', () => {
  expect(currentScope()).toBeUndefined();
  expect(scopeOfForeignSql()).toBeUndefined();
  expect(insideRead(() => 5)).toBe(5);
  expect(outsideRead(() => 5)).toBe(5);
});

test('two fetches side by side do not mix', async () => {
  const fetch = async (scope, uid) => {
    for (let step = 0; step < 5; step += 1) {
      await sleep(1);
      currentScope().document(uid, step);
      await insideRead(async () => {
        await sleep(1);
        currentScope().list(uid);
      });
    }
    return scope;
  };
  const names = ['a', 'b', 'c'];
  const scopes = names.map(() => new FetchScope());
  await Promise.all(scopes.map((scope, i) => scope.run(() => fetch(scope, names[i]))));
  for (const [i, scope] of scopes.entries()) {
    expect(new Set(readsOf(scope).map(({ uid }) => uid))).toEqual(new Set([names[i]]));
    expect(readsOf(scope)).toHaveLength(6);
  }
});

test('a fetch inside of a fetch has its own scope, and the outer one comes back', async () => {
  const outer = new FetchScope();
  const inner = new FetchScope();
  await outer.run(async () => {
    await inner.run(async () => {
      await sleep(1);
      currentScope().list('inner');
    });
    currentScope().list('outer');
  });
  expect(readsOf(outer)).toEqual([{ kind: 'list', uid: 'outer' }]);
  expect(readsOf(inner)).toEqual([{ kind: 'list', uid: 'inner' }]);
});

test('SQL belongs to no observed read, unless one runs; a hook inside of one is outside again', async () => {
  const scope = new FetchScope();
  await scope.run(async () => {
    expect(scopeOfForeignSql()).toBe(scope);
    await insideRead(async () => {
      await sleep(1);
      expect(scopeOfForeignSql()).toBeUndefined();
      expect(currentScope()).toBe(scope);
      await outsideRead(async () => {
        await sleep(1);
        expect(scopeOfForeignSql()).toBe(scope);
        await insideRead(async () => expect(scopeOfForeignSql()).toBeUndefined());
      });
      expect(scopeOfForeignSql()).toBeUndefined();
    });
    expect(scopeOfForeignSql()).toBe(scope);
  });
});

test('what a run gives or throws comes through', async () => {
  const scope = new FetchScope();
  await expect(scope.run(async () => 5)).resolves.toBe(5);
  await expect(scope.run(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
