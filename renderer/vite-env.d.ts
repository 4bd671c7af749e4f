// Types of what the bundler gives: style modules, images, and the bridge that a preload may have put on the window.
/// <reference types="vite/client" />

interface Window {
  flashswarm?: import('../contract/index.ts').Bridge;
}
