import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from '../../kernel/index.ts';

/** Swagger UI's own files; the page below loads them. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Nightjar API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true });\n`;

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nightjar API reference</title>
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="redoc"></div>
<script src="/redoc/redoc.standalone.js"></script>
<script src="/redoc/start.js"></script>
</body>
</html>
`;

const REDOC_START = `Redoc.init('/openapi.json', {}, document.getElementById('redoc'));\n`;
const REDOC_FILE = 'redoc.standalone.js';

const config = { access: 'public', counted: false } as const;
const schema = { hide: true };

function redocRoutes(app: App): void {
  const folder = dirname(fileURLToPath(import.meta.resolve('redoc')));
  app.get('/redoc', { config, schema }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(REDOC_PAGE),
  );
  app.get('/redoc/start.js', { config, schema }, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(REDOC_START),
  );
  app.get(`/redoc/${REDOC_FILE}`, { config, schema }, (_request, reply) =>
    reply.sendFile(REDOC_FILE, folder),
  );
}

/**
 * `/openapi.json` from the routes' own schemas, Swagger UI at `/docs` and ReDoc at `/redoc`, read from disk when asked
 * for.
 */
export function docsRoutes(app: App): void {
  const folder = fileURLToPath(new URL('./static/', import.meta.resolve('@fastify/swagger-ui')));

  app.get('/openapi.json', { config, schema }, (_request, reply) => reply.send(app.swagger()));
  app.get('/docs', { config, schema }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(PAGE),
  );
  app.get('/docs/start.js', { config, schema }, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(START),
  );
  for (const file of FILES) {
    app.get(`/docs/${file}`, { config, schema }, (_request, reply) => reply.sendFile(file, folder));
  }
  redocRoutes(app);
}
