// Node's HTTP server with nothing around it: what no framework can do better than.
import { createServer } from 'node:http';

// Node writes these itself.
const OWN = ['date', 'connection', 'keep-alive'];

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message === 'stop') process.exit(0);
  const headers = message.head
    .split('\r\n')
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
    .filter(([name]) => !OWN.includes(name.toLowerCase()))
    .flat();
  const body = Buffer.from(message.body, 'base64');
  const server = createServer((request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
});
