'use strict';

const { bootStrapi } = require('../support/strapi');
const { outcomeOf } = require('../support/content');
const { REVOCATIONS } = require('../support/revocations');

const PLACES = ['api::place.place.find'];
const ARTICLES = ['api::article.article.find'];
const WITH_AUTHORS = [...ARTICLES, 'api::author.author.find'];
const SECOND = 1000;

describe.each(['sqlite', 'postgres'])('audiences on %s', (client) => {
  let app;
  const query = (uid) => app.strapi.db.query(uid);
  const ask = (path, token) => app.request(`/pfapi/find-many/${path}`, { token });

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    const ann = await app.strapi
      .documents('api::author.author')
      .create({ data: { name: 'Ann' }, status: 'published' });
    await app.strapi.documents('api::article.article').create({
      data: { title: 'First', author: ann.documentId },
      status: 'published',
    });
    await app.strapi.documents('api::place.place').create({ data: { name: 'Oslo' } });
  });
  afterAll(() => app?.close());

  describe('who shares an answer', () => {
    const path = 'articles?populate=author';
    const authorsSeenBy = async (token) => (await ask(path, token)).json.map(({ author }) => author?.name);

    test.each([
      ['the public', async () => {}],
      ['a full-access token', () => app.createApiToken({ type: 'full-access' })],
      ['a read-only token', () => app.createApiToken()],
      ['a custom token', () => app.createApiToken({ type: 'custom', permissions: PLACES })],
      ['a user', () => app.createRoleUser({ actions: PLACES })],
    ])('%s gets a hit that asks the database nothing', async (name, make) => {
      await app.grantPublic(PLACES);
      const caller = await make();
      const token = caller?.accessKey ?? caller?.jwt;
      const first = await ask('places', token);
      expect([first.status, outcomeOf(first)]).toEqual([200, 'miss']);
      for (const kind of ['find-many/places', 'get-count/places']) {
        await app.request(`/pfapi/${kind}`, { token });
        const { result, queries } = await app.countQueries(() => app.request(`/pfapi/${kind}`, { token }));
        expect([outcomeOf(result), queries]).toEqual(['hit', []]);
      }
    });

    test('users of one role share, those of roles with other permissions do not', async () => {
      const reader = await app.createRoleUser({ actions: WITH_AUTHORS });
      const colleague = await app.createRoleUser({ role: reader.role });
      const outsider = await app.createRoleUser({ actions: ARTICLES });
      expect(outcomeOf(await ask(path, reader.jwt))).toBe('miss');
      expect(outcomeOf(await ask(path, colleague.jwt))).toBe('hit');
      expect(outcomeOf(await ask(path, outsider.jwt))).toBe('miss');
      for (const round of [1, 2]) {
        expect([round, await authorsSeenBy(reader.jwt)]).toEqual([round, ['Ann']]);
        expect([round, await authorsSeenBy(outsider.jwt)]).toEqual([round, [undefined]]);
        expect([round, await authorsSeenBy(colleague.jwt)]).toEqual([round, ['Ann']]);
      }
    });

    test('what one kind of caller may see is never shown to another', async () => {
      await app.grantPublic(ARTICLES);
      const custom = async (permissions) =>
        (await app.createApiToken({ type: 'custom', permissions })).accessKey;
      const callers = [
        [undefined, undefined],
        [(await app.createApiToken({ type: 'full-access' })).accessKey, 'Ann'],
        [(await app.createApiToken()).accessKey, 'Ann'],
        [await custom(ARTICLES), undefined],
        [await custom(WITH_AUTHORS), 'Ann'],
        [(await app.createRoleUser({ actions: ARTICLES })).jwt, undefined],
        [(await app.createRoleUser({ actions: WITH_AUTHORS })).jwt, 'Ann'],
      ];
      for (const round of [1, 2, 3]) {
        for (const [index, [token, author]] of callers.entries()) {
          expect([round, index, await authorsSeenBy(token)]).toEqual([round, index, [author]]);
        }
      }
      const forbidden = 'articles?filters[author][name]=Ann';
      for (const [index, [token, author]] of callers.entries()) {
        expect([index, (await ask(forbidden, token)).status]).toEqual([index, author ? 200 : 400]);
      }
    });

    test('a credential that Strapi refuses gets what /api gives it, warm or not', async () => {
      await app.grantPublic(PLACES);
      const { jwt } = await app.createRoleUser({ actions: PLACES });
      const { accessKey } = await app.createApiToken();
      for (const token of [undefined, jwt, accessKey]) expect((await ask('places', token)).status).toBe(200);
      const fields = [
        'Bearer',
        'Bearer ',
        'Bearer nonsense',
        `Bearer ${jwt}x`,
        `Bearer ${jwt.slice(0, -2)}`,
        `Bearer ${accessKey.toUpperCase()}`,
        `bearer ${jwt}`,
        `Bearer  ${jwt}`,
        `Bearer ${jwt} more`,
        jwt,
        `Basic ${jwt}`,
        `Basic ${Buffer.from('a:b').toString('base64')}`,
        '',
      ];
      for (const authorization of fields) {
        const headers = { authorization };
        const expected = await app.request('/api/places', { headers });
        for (const attempt of [1, 2]) {
          const { status, json } = await app.request('/pfapi/find-many/places', { headers });
          expect([authorization, attempt, status]).toEqual([authorization, attempt, expected.status]);
          if (status !== 200) expect(json).toEqual(expected.json);
        }
      }
    });
  });

  describe('what takes effect on the very next request', () => {
    test.each(REVOCATIONS)('%s', async (name, { make, revoke, status }) => {
      const caller = await make(app);
      const token = caller.accessKey ?? caller.jwt;
      await ask('places', token);
      expect(outcomeOf(await ask('places', token))).toBe('hit');
      await revoke(app, caller);
      const next = await ask('places', token);
      const expected = await app.request('/api/places', { token });
      expect([next.status, next.json]).toEqual([status, expected.json]);
      expect(expected.status).toBe(status);
    });

    test('a permission given, to the public and to a user', async () => {
      await app.revokePublic(PLACES);
      const { jwt, role } = await app.createRoleUser();
      for (const token of [undefined, jwt]) expect((await ask('places', token)).status).toBe(403);
      await app.grantPublic(PLACES);
      const data = { action: PLACES[0], role: role.id };
      await query('plugin::users-permissions.permission').create({ data });
      for (const token of [undefined, jwt]) expect((await ask('places', token)).status).toBe(200);
      await app.revokePublic(PLACES);
      expect((await ask('places')).status).toBe(403);
    });

    test('a permission for a populated relation, given and taken away', async () => {
      await app.grantPublic(ARTICLES);
      await app.revokePublic(['api::author.author.find']);
      const seen = async () => (await ask('articles?populate=author')).json[0].author?.name;
      expect([await seen(), await seen()]).toEqual([undefined, undefined]);
      await app.grantPublic(WITH_AUTHORS);
      expect([await seen(), await seen()]).toEqual(['Ann', 'Ann']);
      await app.revokePublic(['api::author.author.find']);
      expect([await seen(), await seen()]).toEqual([undefined, undefined]);
    });

    test('the end of a token’s and of a JWT’s own time', async () => {
      const { user } = await app.createRoleUser({ actions: PLACES });
      const { id, accessKey } = await app.createApiToken();
      const end = Date.now() + 2 * SECOND;
      await query('admin::api-token').update({
        where: { id },
        data: { expiresAt: new Date(end).toISOString() },
      });
      const jwt = await app.issueJwt(user, { expiresIn: '2s' });
      for (const token of [accessKey, jwt]) {
        await ask('places', token);
        expect(outcomeOf(await ask('places', token))).toBe('hit');
      }
      await new Promise((resolve) => setTimeout(resolve, end - Date.now() + SECOND));
      for (const token of [accessKey, jwt]) expect((await ask('places', token)).status).toBe(401);
    });
  });
});
