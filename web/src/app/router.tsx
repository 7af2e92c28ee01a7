import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouteComponent,
  retainSearchParams,
} from '@tanstack/react-router';
import { Shell } from '../shell/shell.tsx';
import { Broken, NotFound } from './faults.tsx';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: Broken,
  // `way`: by which ways live pictures are tried (`?way=mse,hls`), kept from page to page. `tab`: which part of a page.
  validateSearch: ({ way, tab }: Record<string, unknown>): { way?: string; tab?: string } => ({
    ...(typeof way === 'string' ? { way } : {}),
    ...(typeof tab === 'string' ? { tab } : {}),
  }),
  search: { middlewares: [retainSearchParams(['way'])] },
});

const page = <Path extends string>(path: Path, component: RouteComponent) =>
  createRoute({ getParentRoute: () => root, path, component });

const camera = createRoute({
  getParentRoute: () => root,
  path: '/cameras/$id',
  component: lazyRouteComponent(() => import('../stream-page/stream-page.tsx'), 'StreamPage'),
});

const timeline = createRoute({
  getParentRoute: () => root,
  path: '/timeline',
  component: lazyRouteComponent(() => import('../timeline/playback/timeline-page.tsx'), 'TimelinePage'),
  /** `cameras` by comma, `at` in UTC milliseconds. */
  validateSearch: ({ cameras, at }: Record<string, unknown>): { cameras?: string; at?: number } => ({
    ...(typeof cameras === 'string' ? { cameras } : {}),
    ...(typeof at === 'number' && Number.isSafeInteger(at) && at > 0 ? { at } : {}),
  }),
});

const recordings = createRoute({
  getParentRoute: () => root,
  path: '/recordings',
  component: lazyRouteComponent(() => import('../recordings/recordings-page.tsx'), 'RecordingsPage'),
  /** `camera`: whose alone. */
  validateSearch: ({ camera }: Record<string, unknown>): { camera?: string } =>
    typeof camera === 'string' ? { camera } : {},
});

const routes = [
  page(
    '/',
    lazyRouteComponent(() => import('../wall/wall-page.tsx'), 'WallPage'),
  ),
  page(
    '/dashboard',
    lazyRouteComponent(() => import('../dashboard/dashboard-page.tsx'), 'DashboardPage'),
  ),
  page(
    '/events',
    lazyRouteComponent(() => import('../activity/events-page.tsx'), 'EventsPage'),
  ),
  page(
    '/alerts',
    lazyRouteComponent(() => import('../alerts/alerts-page.tsx'), 'AlertsPage'),
  ),
  page(
    '/bookmarks',
    lazyRouteComponent(() => import('../captures/captures-page.tsx'), 'CapturesPage'),
  ),
  page(
    '/storage',
    lazyRouteComponent(() => import('../storage/storage-page.tsx'), 'StoragePage'),
  ),
  page(
    '/people',
    lazyRouteComponent(() => import('../people/people-page.tsx'), 'PeoplePage'),
  ),
  page(
    '/system',
    lazyRouteComponent(() => import('../system/system-page.tsx'), 'SystemPage'),
  ),
  page(
    '/account',
    lazyRouteComponent(() => import('../account/account-page.tsx'), 'AccountPage'),
  ),
  page(
    '/cameras',
    lazyRouteComponent(() => import('../cameras/cameras-page.tsx'), 'CamerasPage'),
  ),
  page(
    '/cameras/new',
    lazyRouteComponent(() => import('../cameras/add-camera-page.tsx'), 'AddCameraPage'),
  ),
  camera,
  recordings,
  timeline,
] as const;

/** Every page of the application, each loaded when it is opened. */
export const createPageRouter = () =>
  createRouter({
    routeTree: root.addChildren(routes),
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: Broken,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
}
