type Query = Record<string, string | number | null | undefined>;

function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size > 0 ? `${path}?${search}` : path;
}

export const paths = {
  landing: () => '/',
  login: (query?: { next?: string }) => withQuery('/login/', query),
  register: () => '/register/',
  dashboard: (query?: Query) => withQuery('/dashboard/', query),
  consumption: (query?: Query) => withQuery('/consumption/', query),
  addConsumption: (query?: Query) => withQuery('/consumption/add/', query),
  editConsumption: (id: number) => withQuery('/consumption/edit/', { id }),
  meters: () => '/meters/',
  /** A tab of a meter's page, or a day of its intervals. */
  meter: (id: number, tab: string | null = null, day: string | null = null) =>
    withQuery('/meters/view/', { id, tab, span: day && 'day', at: day }),
  importFile: () => '/import/',
  settings: (section?: string) => (section ? `/settings/#${section}` : '/settings/'),
};

/** A path of this application that someone may be sent to after signing in; else the dashboard. */
export function ownPath(next: string | null): string {
  const isOwn = next !== null && /^\/(?![/\\])/.test(next) && !/[\s\\]/.test(next);
  return isOwn ? next : paths.dashboard();
}
