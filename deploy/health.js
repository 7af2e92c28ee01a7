// Says by its exit code whether the product answers: for HEALTHCHECK of the image, and for whoever else asks.
import http from 'node:http';
import https from 'node:https';

const port = Number(process.env.NIGHTJAR_HTTP_PORT ?? 3000);
const TIMEOUT_MS = 4_000;

/** Whether `/health` answers 200; the certificate is this machine's own and may be of its own making. */
const healthy = (scheme) =>
  new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: '/health',
      timeout: TIMEOUT_MS,
      rejectUnauthorized: false,
    };
    const request = scheme.get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });

process.exitCode = (await healthy(http)) || (await healthy(https)) ? 0 : 1;
