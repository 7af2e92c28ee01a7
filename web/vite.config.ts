import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env['NIGHTJAR_DEV_SERVER'] ?? 'http://127.0.0.1:3000';
const proxied = ['/api', '/live', '/health', '/docs', '/openapi.json'];

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist',
    // The server's policy allows scripts, styles and images from its own origin only: nothing inline, no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // hls.js is one lazy chunk of about 600 kB; everything before the first picture stays far below.
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(proxied.map((path) => [path, { target: server, changeOrigin: false }])),
  },
});
