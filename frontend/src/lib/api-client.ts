import type { CreateClientConfig } from '@/lib/api/client.gen';
import { http } from '@/lib/http';

export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  axios: http,
  baseURL: '',
  throwOnError: true,
});
