import { Outlet } from '@tanstack/react-router';
import { ConnectionBanner } from '../app/banner.tsx';
import { useStreams } from '../queries/streams.ts';
import { Announcer } from '../streams/announcer.tsx';
import { t } from '../strings/index.ts';
import { BottomBar } from './bottom-bar.tsx';
import { Sidebar } from './sidebar.tsx';

/** What stands around every page: navigation at the side, on a phone at the bottom. */
export function Shell() {
  const { data, error } = useStreams();
  return (
    <div className="flex min-h-dvh">
      <button type="button" className="skip-link" onClick={focusContent}>
        {t.app.skipToContent}
      </button>
      <Sidebar />
      <div className="flex min-w-0 flex-1 flex-col pb-[calc(56px+env(safe-area-inset-bottom))] sm:pb-0">
        <ConnectionBanner error={error} />
        <Announcer streams={data ?? null} />
        <main id="content" className="min-w-0 flex-1 p-3 outline-none sm:p-4 lg:p-5" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <BottomBar />
    </div>
  );
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}
