export const keys = {
  consumption: ['consumption'],
  analytics: ['analytics'],
  meters: ['meters'],
  sites: ['sites'],
  imports: ['imports'],
  sessions: ['sessions'],
} as const;
