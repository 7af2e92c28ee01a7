import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { loadHls } from './player/hls/hls-playback.ts';
import { applyTheme, readTheme } from './theme/theme.ts';
import './theme/tokens.css';
import './theme/base.css';
import './controls/controls.css';
import './app/app.css';
import './player/view/player.css';
import './streams/streams.css';
import './wall/wall.css';
import './player/recorded/recorded.css';
import './stream-page/stream-page.css';

applyTheme(readTheme(localStorage), localStorage, document.documentElement);

// Fetched while somebody signs in, not when the first picture waits for it; should that fail, the player tries
// again and says so.
loadHls().catch(() => undefined);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
