export const keys = {
  consumption: ['consumption'],
  analytics: ['analytics'],
  meters: ['meters'],
  sites: ['sites'],
  imports: ['imports'],
  sessions: ['sessions'],
  accounts: ['accounts'],
  members: ['members'],
  apiKeys: ['api-keys'],
} as const;
