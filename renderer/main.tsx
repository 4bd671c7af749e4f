// Starts the interface: finds the bridge, connects the stores, renders.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { startSession } from './actions/session.ts';
import { App } from './app.tsx';
import { connectBridge } from './bridge/connect-bridge.ts';
import { texts } from './i18n.ts';
import './tokens.css';
import './base.css';

const known = startSession(connectBridge());

const root = document.getElementById('root');
if (!root) throw new Error('The page has no root element.');
const shown = createRoot(root);
/** A host that does not say at once what the library was is not waited for. */
const PATIENCE_MS = 150;
void Promise.race([known, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]).then(() => {
  shown.render(<StrictMode><I18nextProvider i18n={texts}><App /></I18nextProvider></StrictMode>);
});
