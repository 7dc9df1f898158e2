import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

const ANSWER_WITHIN = 30_000;

// One kept connection and Node's plain client, so that the times are the server's rather than the client's.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

export function createClient(base) {
  return (path, { method = 'GET', headers = {}, body } = {}) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const sent = payload === undefined ? headers : { 'Content-Type': 'application/json', ...headers };
    const since = performance.now();
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, base), { agent, method, headers: sent }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const ms = performance.now() - since;
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode,
            headers: response.headers,
            cache: response.headers['x-pfapi-cache'],
            body: parse(text),
            ms,
          });
        });
      });
      outgoing.setTimeout(ANSWER_WITHIN, () => {
        outgoing.destroy(new Error(`no answer to ${method} ${path} within ${ANSWER_WITHIN / 1000} s`));
      });
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text || undefined;
  }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
