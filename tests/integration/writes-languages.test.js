'use strict';

const { bootStrapi } = require('../support/strapi');
const { ARTICLES, READS, expectFollowed } = require('../support/followed');

const FRENCH = '/find-many/articles?locale=fr&sort=id:desc';
const FRENCH_COUNT = '/get-count/articles?locale=fr';
const FILE = 'plugin::upload.file';

describe.each(['sqlite', 'postgres'])('answers follow languages and media on %s', (client) => {
  let app;
  let articles;
  let locales;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    await app.grantPublic(READS);
    articles = app.strapi.documents('api::article.article');
    locales = app.strapi.plugin('i18n').service('locales');
    await locales.create({ code: 'fr', name: 'French (fr)' });
  });

  afterAll(() => app?.close());

  const published = (data) => articles.create({ data, status: 'published' });
  const translate = (documentId, title) =>
    articles.update({ documentId, locale: 'fr', data: { title }, status: 'published' });

  test('an entry is translated, changed and taken away in one language', async () => {
    const { documentId } = await published({ title: 'Hello' });
    const path = `/find-one/articles/${documentId}`;
    const inFrench = `${path}?locale=fr`;
    const languages = `${path}?populate=localizations`;
    await expectFollowed(app, [FRENCH, FRENCH_COUNT, inFrench, languages], () =>
      translate(documentId, 'Salut'),
    );
    await expectFollowed(app, [FRENCH, inFrench, languages], () => translate(documentId, 'Bonjour'));
    // A column of all languages: Strapi copies it into the others.
    await expectFollowed(app, [path, languages], () =>
      articles.update({ documentId, data: { views: 7 }, status: 'published' }),
    );
    await expectFollowed(app, [`${inFrench}&status=draft`], () =>
      articles.update({ documentId, data: { slug: 'hello' } }),
    );
    await expectFollowed(app, [FRENCH, FRENCH_COUNT, inFrench, languages], () =>
      articles.delete({ documentId, locale: 'fr' }),
    );
  });

  test('the default language is switched, and answers that name none follow', async () => {
    const { documentId } = await published({ title: 'Default' });
    await translate(documentId, 'Défaut');
    const path = `/find-one/articles/${documentId}`;
    const titled = '/get-count/articles?filters[title]=Default';
    await expectFollowed(app, [ARTICLES, path, titled], () => locales.setDefaultLocale({ code: 'fr' }));
    await expectFollowed(app, [ARTICLES, path, titled], () => locales.setDefaultLocale({ code: 'en' }));
  });

  test('a language is deleted with all its entries', async () => {
    const { id } = await locales.create({ code: 'de', name: 'German (de)' });
    const { documentId } = await published({ title: 'Good day' });
    await articles.update({ documentId, locale: 'de', data: { title: 'Guten Tag' }, status: 'published' });
    const path = `/find-one/articles/${documentId}`;
    const paths = [
      '/find-many/articles?locale=de',
      '/get-count/articles?locale=de',
      `${path}?locale=de`,
      `${path}?populate=localizations`,
    ];
    await expectFollowed(app, paths, () => locales.delete({ id }));
  });

  describe('media', () => {
    const row = (name) => ({
      data: {
        name,
        hash: name,
        ext: '.txt',
        mime: 'text/plain',
        size: 1,
        url: `/uploads/${name}.txt`,
        provider: 'local',
      },
    });
    let files;
    let documentId;
    let shown;

    beforeAll(async () => {
      files = app.strapi.db.query(FILE);
      ({ documentId } = await published({ title: 'With cover' }));
      shown = [ARTICLES, `/find-one/articles/${documentId}?populate=cover`];
    });

    const attach = (cover) => articles.update({ documentId, data: { cover }, status: 'published' });

    test('a file is attached, replaced and taken away', async () => {
      const [first, second] = [await files.create(row('first')), await files.create(row('second'))];
      await expectFollowed(app, shown, () => attach(first.id));
      await expectFollowed(app, shown, () => attach(second.id));
      await expectFollowed(app, shown, () => attach(null));
    });

    test('a file is renamed and deleted by the upload plugin', async () => {
      const upload = app.strapi.plugin('upload').service('upload');
      const file = await files.create(row('third'));
      await attach(file.id);
      await expectFollowed(app, shown, () => upload.updateFileInfo(file.id, { name: 'renamed' }));
      await expectFollowed(app, shown, async () =>
        upload.remove(await files.findOne({ where: { id: file.id } })),
      );
    });

    test('a file is renamed and deleted as a row', async () => {
      const file = await files.create(row('fourth'));
      await attach(file.id);
      const where = { id: file.id };
      await expectFollowed(app, shown, () => files.update({ where, data: { name: 'renamed' } }));
      await expectFollowed(app, shown, () => files.delete({ where }));
    });

    test('a file attaches itself to an article when it is made', async () => {
      const { id } = await articles.findOne({ documentId, status: 'published' });
      const related = [{ id, __type: 'api::article.article', __pivot: { field: 'cover' } }];
      const made = row('fifth');
      await expectFollowed(app, shown, () => files.create({ data: { ...made.data, related } }));
    });
  });
});
