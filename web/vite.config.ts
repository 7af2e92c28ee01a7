import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { ahead } from './build/ahead.ts';
import { compressed } from './build/compressed.ts';

const server = process.env['NIGHTJAR_DEV_SERVER'] ?? 'http://127.0.0.1:3000';
const proxied = ['/api', '/live', '/whep', '/whip', '/v2', '/health', '/docs', '/openapi.json'];

export default defineConfig({
  plugins: [react(), tailwind(), ahead(), compressed()],
  build: {
    outDir: 'dist',
    // The server's policy allows scripts, styles and images from its own origin only: nothing inline, no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // hls.js is one lazy chunk of about 600 kB; everything before the first picture stays far below.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // The page, and the player alone for other people's pages, which asks for it by a name that stays.
      input: { page: 'index.html', 'nightjar-player': 'src/player/element/nightjar-player.ts' },
      output: {
        entryFileNames: ({ name }) =>
          name === 'nightjar-player' ? 'nightjar-player.js' : 'assets/[name]-[hash].js',
      },
      // Nobody in the page imports what the element's entry exports.
      preserveEntrySignatures: 'allow-extension',
    },
  },
  server: {
    proxy: Object.fromEntries(proxied.map((path) => [path, { target: server, changeOrigin: false }])),
  },
});
