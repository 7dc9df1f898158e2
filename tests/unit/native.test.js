'use strict';

const BINDING = '../../native/binding.js';

/** What the plugin says when the loader throws this. */
function reasonFor(error) {
  let loaded;
  jest.isolateModules(() => {
    jest.doMock(BINDING, () => {
      throw error;
    });
    loaded = require('../../strapi/server/engine/native').loadNative();
  });
  jest.dontMock(BINDING);
  expect(loaded.native).toBeNull();
  return loaded.reason;
}

/** Errors chained as the generated loader does it: the last one outermost. */
const chain = (...messages) =>
  messages.reduce((cause, message) => Object.assign(new Error(message), { cause }), null);
const loaderError = (...messages) =>
  Object.assign(new Error('Cannot find native binding.'), { cause: chain(...messages) });

/** The part between the platform and the advice. */
const causesIn = (reason) => /could not be loaded \(.*?\): (.*)\. Strapi answers uncached/.exec(reason)?.[1];

test('names the platform, what follows from it and what to do', () => {
  const reason = reasonFor(loaderError("Cannot find module 'strapi-plugin-pfapi-linux-x64-gnu'"));
  expect(reason).toContain(`(${process.platform}-${process.arch}, Node ${process.versions.node})`);
  expect(reason).toContain('Strapi answers uncached.');
  expect(reason).toContain('Install without --omit=optional');
  expect(reason).toContain('in a checkout run "npm run build"');
});

test('says what each attempt said, latest first, and not what the loader makes of it', () => {
  const reason = reasonFor(loaderError("Cannot find module './pfapi.node'", 'version `GLIBC_2.39 not found'));
  expect(causesIn(reason)).toBe("version `GLIBC_2.39 not found; Cannot find module './pfapi.node'");
});

test('leaves WebAssembly out', () => {
  expect(
    causesIn(reasonFor(loaderError('no addon', "Cannot find module 'x.wasi.cjs'", 'no x-wasm32-wasi'))),
  ).toBe('no addon');
});

test('says each thing once, by its first line', () => {
  const reason = reasonFor(loaderError('no addon\nRequire stack:\n- /a', 'no addon\nRequire stack:\n- /b'));
  expect(causesIn(reason)).toBe('no addon');
  expect(reason).not.toContain('\n');
});

test('says five things at most', () => {
  expect(causesIn(reasonFor(loaderError('1', '2', '3', '4', '5', '6', '7')))).toBe('7; 6; 5; 4; 3');
});

test('an error without causes speaks for itself', () => {
  expect(causesIn(reasonFor(new Error('Failed to load native binding')))).toBe(
    'Failed to load native binding',
  );
  expect(causesIn(reasonFor(new Error('invalid ELF header\nmore')))).toBe('invalid ELF header');
});

test('if all that is known is about WebAssembly, the loader’s own words are left', () => {
  expect(causesIn(reasonFor(loaderError('no wasi')))).toBe('Cannot find native binding.');
});

test('what was thrown need not be an error', () => {
  expect(causesIn(reasonFor('broken'))).toBe('broken');
});

test('the addon itself, when it loads, comes without a reason', () => {
  const binding = { Cache: class {} };
  let loaded;
  jest.isolateModules(() => {
    jest.doMock(BINDING, () => binding);
    loaded = require('../../strapi/server/engine/native').loadNative();
  });
  jest.dontMock(BINDING);
  expect(loaded).toEqual({ native: binding, reason: '' });
});
