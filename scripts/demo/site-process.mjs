// Runs in the child: the example's Strapi, as `strapi start` would run it, plus an API token for the demo.
import { createRequire } from 'node:module';

// Node cannot load Strapi's ES module build, which imports folders of lodash.
const { createStrapi } = createRequire(import.meta.url)('@strapi/strapi');

const TOKEN_NAME = 'npm run demo';
const WEEK = 7 * 24 * 60 * 60 * 1000;

let app;
let stopping = false;

// Sent by the demo, or the channel closes because the demo is gone: Strapi must not outlive it.
process.on('message', (message) => message === 'stop' && shutDown());
process.on('disconnect', shutDown);

const appDir = process.cwd();
const started = Date.now();
tell({ phase: 'loading Strapi, its plugins and the schema' });
app = await createStrapi({ appDir, distDir: appDir }).load();
await app.start();
tell({ phase: `Strapi is listening after ${((Date.now() - started) / 1000).toFixed(1)} s` });
await revokeTokens();
const { accessKey } = await app.service('admin::api-token').create({
  name: TOKEN_NAME,
  description: 'Made by `npm run demo`, revoked when it ends',
  type: 'full-access',
  lifespan: WEEK,
});
tell({ token: accessKey });

async function revokeTokens() {
  const old = await app.db.query('admin::api-token').findMany({ where: { name: TOKEN_NAME } });
  for (const { id } of old) await app.service('admin::api-token').revoke(id);
}

async function shutDown() {
  // The request to stop comes first, the closing channel after it.
  if (stopping) return;
  stopping = true;
  try {
    if (app?.isLoaded) {
      await revokeTokens();
      await app.destroy();
    }
  } finally {
    process.exit(0);
  }
}

function tell(message) {
  if (process.connected) process.send(message);
}
