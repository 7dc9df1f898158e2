// The smallest Strapi project a user could have: SQLite, one content type, the plugin with a few lines of
// configuration. The plugin is found through package.json alone, as after `npm install`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

// Strapi and what a Strapi project must name itself, in the versions that the tests use.
const DEPENDENCIES = [
  '@strapi/strapi',
  '@strapi/plugin-users-permissions',
  'better-sqlite3',
  'react',
  'react-dom',
  'react-router-dom',
  'styled-components',
];

const FILES = {
  'config/admin.js': `module.exports = {
  auth: { secret: 'pack-check-auth' },
  apiToken: { salt: 'pack-check-api-token' },
  transfer: { token: { salt: 'pack-check-transfer' } },
  serveAdminPanel: false,
  watchIgnoreFiles: [],
};
`,
  'config/api.js': `module.exports = { rest: { defaultLimit: 25, maxLimit: 100, withCount: true } };\n`,
  'config/database.js': `module.exports = {
  connection: {
    client: 'sqlite',
    connection: { filename: '.tmp/data.db' },
    useNullAsDefault: true,
  },
};
`,
  'config/middlewares.js': `module.exports = [
  'strapi::logger',
  'strapi::errors',
  'strapi::security',
  'strapi::cors',
  'strapi::poweredBy',
  'strapi::query',
  'strapi::body',
  'strapi::session',
  'strapi::favicon',
  'strapi::public',
];
`,
  'config/plugins.js': `module.exports = {
  pfapi: { enabled: true, config: {} },
  'users-permissions': { config: { jwtSecret: 'pack-check-jwt' } },
};
`,
  'config/server.js': `module.exports = ({ env }) => ({
  host: env('HOST'),
  port: env.int('PORT'),
  app: { keys: ['pack-check-key'] },
});
`,
  'src/api/note/content-types/note/schema.json': `${JSON.stringify(
    {
      kind: 'collectionType',
      collectionName: 'notes',
      info: { singularName: 'note', pluralName: 'notes', displayName: 'Note' },
      options: { draftAndPublish: false },
      attributes: { title: { type: 'string', required: true } },
    },
    null,
    2,
  )}\n`,
  'src/api/note/controllers/note.js': factory('Controller'),
  'src/api/note/routes/note.js': factory('Router'),
  'src/api/note/services/note.js': factory('Service'),
  'src/index.js': `const { writeFileSync } = require('node:fs');

module.exports = {
  async bootstrap({ strapi }) {
    const role = await strapi.db.query('plugin::users-permissions.role').findOne({ where: { type: 'public' } });
    const permissions = strapi.db.query('plugin::users-permissions.permission');
    for (const action of ['api::note.note.find', 'api::note.note.findOne']) {
      const granted = await permissions.findOne({ where: { action, role: role.id } });
      if (!granted) await permissions.create({ data: { action, role: role.id } });
    }

    const notes = strapi.documents('api::note.note');
    const note = (await notes.findFirst()) ?? (await notes.create({ data: { title: 'first' } }));
    const { accessKey: token } = await strapi.service('admin::api-token').create({
      name: \`pack-check-\${Date.now()}\`,
      description: '',
      type: 'full-access',
      lifespan: null,
    });
    writeFileSync('.tmp/made-at-boot.json', JSON.stringify({ token, documentId: note.documentId }));
  },
};
`,
  'public/uploads/.gitkeep': '',
};

/** Writes the project into `folder`; what an earlier run left there, but for node_modules, is replaced. */
export function writeProject(folder, root, packages) {
  for (const name of ['config', 'src', 'public', '.tmp'])
    rmSync(join(folder, name), { recursive: true, force: true });
  mkdirSync(join(folder, '.tmp'));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dependencies = Object.fromEntries(DEPENDENCIES.map((name) => [name, devDependencies[name]]));
  for (const { name, tarball } of packages) {
    dependencies[name] = `file:${relative(folder, tarball)}`;
    // A tarball that was rebuilt under the same version would be taken for the one installed before.
    rmSync(join(folder, 'node_modules', name), { recursive: true, force: true });
  }
  rmSync(join(folder, 'package-lock.json'), { force: true });
  rmSync(join(folder, 'node_modules', '.package-lock.json'), { force: true });
  const project = { name: 'pack-check', private: true, version: '0.0.0', dependencies };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(project, null, 2)}\n`);
}

export function installProject(folder) {
  const result = spawnSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  assert.equal(result.status, 0, `npm install failed: ${result.stderr}`);
}

function factory(kind) {
  return `module.exports = require('@strapi/strapi').factories.createCore${kind}('api::note.note');\n`;
}
