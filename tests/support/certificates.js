'use strict';

// A certificate for 127.0.0.1 with an authority of its own. Node can read certificates and not make them.
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const openssl = (directory, ...args) => {
  try {
    execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    const hint =
      cause.code === 'ENOENT' ? 'The program openssl is needed for tests with TLS: install it.' : '';
    throw new Error(`No certificate could be made. ${hint}${cause.stderr ?? ''}`, { cause });
  }
};

/** @returns the paths of the authority's certificate, the server's certificate and its key */
exports.createCertificates = (directory) => {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  fs.writeFileSync(path.join(directory, 'names'), names);
  openssl(
    directory,
    ...['req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2'],
    ...['-subj', '/CN=pfapi test authority'],
  );
  openssl(
    directory,
    ...['req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost'],
  );
  openssl(
    directory,
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-out', 'server.crt', '-days', '2', '-extfile', 'names'],
  );
  const file = (name) => path.join(directory, name);
  return { ca: file('ca.crt'), cert: file('server.crt'), key: file('server.key') };
};
