/**
 * The counterpart of bench `verify`: what any durable JSON service on Node costs at least. It parses the same body with
 * JSON.parse (a batch line by line), appends it to a file, and answers after an fdatasync that covers it (all bodies that wait share one).
 * It verifies nothing, judges nothing, proves nothing.
 *
 * Prints its port on one line once it listens.
 */
import { fdatasync, openSync, write } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';

const file = openSync(process.argv[2] ?? 'baseline.log', 'a');
let waiting: { readonly body: Buffer; readonly response: ServerResponse }[] = [];
let writing = false;

function flush(): void {
  if (writing || waiting.length === 0) return;
  writing = true;
  const group = waiting;
  waiting = [];
  const done = (error: Error | null): void => {
    writing = false;
    for (const { response } of group) answer(response, error === null ? 200 : 500);
    flush();
  };
  const bytes = Buffer.concat(group.map(({ body }) => body));
  write(file, bytes, (error) => (error === null ? fdatasync(file, done) : done(error)));
}

function answer(response: ServerResponse, status: number): void {
  const body = `{"ok":${status === 200}}`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    for (const line of body.toString('utf8').split('\n')) if (line !== '') JSON.parse(line);
    waiting.push({ body, response });
    flush();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : '');
});
