/**
 * Serves the export with its content security policy, and /api from API_PORT, on one origin at
 * PORT: what the product does, without its server. For looking at a build and for its tests.
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const PORT = Number(process.env.PORT ?? 3000);
const API_PORT = Number(process.env.API_PORT ?? 5000);
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ico': 'image/x-icon',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const policies = () => JSON.parse(readFileSync(join(OUT, 'csp.json'), 'utf8'));

function forward(incoming, outgoing) {
  const { url, method, headers } = incoming;
  const call = request(
    { port: API_PORT, host: '127.0.0.1', path: url, method, headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  call.on('error', () => outgoing.writeHead(502).end());
  incoming.pipe(call);
}

function serve(path, outgoing) {
  let file = join(OUT, normalize(path));
  let status = 200;
  if (existsSync(file) && statSync(file).isDirectory()) file = join(file, 'index.html');
  if (!file.startsWith(OUT) || !existsSync(file)) [file, status] = [join(OUT, '404.html'), 404];
  const policy = policies()[status === 404 ? '/404.html' : path];
  outgoing.writeHead(status, {
    'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    'Cache-Control': path.startsWith('/_next/static/')
      ? 'public, max-age=31536000, immutable'
      : 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    ...(policy ? { 'Content-Security-Policy': policy } : {}),
  });
  createReadStream(file).pipe(outgoing);
}

createServer((incoming, outgoing) => {
  const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
  if (pathname.startsWith('/api/') || pathname.startsWith('/problems/'))
    forward(incoming, outgoing);
  else serve(decodeURIComponent(pathname), outgoing);
}).listen(PORT, '127.0.0.1', () => process.stdout.write(`http://localhost:${PORT}\n`));
