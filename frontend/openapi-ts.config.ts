import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: '../docs/openapi.json',
  output: { path: 'src/lib/api', clean: true },
  plugins: [
    { name: '@hey-api/client-axios', throwOnError: true, runtimeConfigPath: '@/lib/api-client' },
    '@hey-api/typescript',
    { name: '@hey-api/sdk', validator: false },
    { name: 'zod', compatibilityVersion: 'mini', responses: false },
  ],
});
