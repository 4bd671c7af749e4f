// Bundles the interface for the desktop's app:// scheme and for the headless host's web server: the same files for both.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('renderer', import.meta.url)),
  base: './', // the same files work below any address
  publicDir: false,
  logLevel: 'warn',
  clearScreen: false,
  plugins: [react()],
  css: { modules: { localsConvention: 'camelCase' } },
  build: {
    outDir: fileURLToPath(new URL('dist/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome108', // the oldest runtime that tests use
    cssTarget: 'chrome108',
    assetsInlineLimit: 0, // the content security policy allows no data: address
    modulePreload: { polyfill: false }, // no inline script
    chunkSizeWarningLimit: 2000,
  },
});
