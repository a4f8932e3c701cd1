import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;

/** Tells the service worker which files the client is made of; its bytes change when any of them does. */
function shellOfServiceWorker(): Plugin {
  return {
    name: 'shell-of-service-worker',
    generateBundle(_, bundle) {
      const worker = bundle['service-worker.js'];
      if (worker?.type !== 'chunk') throw new Error('there is no service worker');
      const files = Object.keys(bundle).filter(
        (name) => name !== 'service-worker.js' && !name.endsWith('.html') && !name.endsWith('.map'),
      );
      const hash = createHash('sha256');
      for (const name of files.sort()) {
        const file = bundle[name]!;
        hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
      }
      const shell = { version: hash.digest('hex').slice(0, 16), files: files.map((name) => `/${name}`) };
      worker.code = worker.code.replaceAll('__SHELL__', `(${JSON.stringify(shell)})`);
    },
  };
}

export default defineConfig({
  root,
  base: '/',
  publicDir: join(root, 'public'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [shellOfServiceWorker()],
  build: {
    outDir: join(root, 'dist'),
    emptyOutDir: true,
    target: 'es2023',
    // Nothing is written into the page that the Content-Security-Policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { main: join(root, 'index.html'), 'service-worker': join(root, 'src/service-worker.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
